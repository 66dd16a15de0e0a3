#include <catch2/catch.hpp>
#include <sstream>

#include "plugins/exporters/human.h"
#include "plugins/exporters/text/distribution.h"
#include "plugins/exporters/text/table.h"
#include "plugins/exporters/text/text_exporter.h"
#include "tests/unit/exporter_fixture.h"

using namespace latimer;

namespace {

std::string render(const Report& report, const ExportOptions& options = {}) {
  auto text = make_text_exporter()->serialize(report, options);
  REQUIRE(text.ok());
  return *text;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::size_t widest_line(const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  std::size_t widest = 0;
  while (std::getline(lines, line)) widest = std::max(widest, display_width(line));
  return widest;
}

}  // namespace

TEST_CASE("durations have three significant digits and never the wrong unit") {
  CHECK(human_duration(0) == "0ns");
  CHECK(human_duration(999) == "999ns");
  CHECK(human_duration(1'000) == "1.00us");
  CHECK(human_duration(9'994) == "9.99us");
  CHECK(human_duration(9'996) == "10.0us");
  CHECK(human_duration(99'960) == "100us");
  CHECK(human_duration(999'499) == "999us");
  CHECK(human_duration(999'500) == "1.00ms");
  CHECK(human_duration(61'200'000'000) == "61.2s");
  CHECK(human_duration(999'500'000'000) == "16.7min");
  CHECK(human_duration(9'000'000'000'000) == "2.50h");
  CHECK(human_duration(UINT64_MAX) == "213504d");
}

TEST_CASE("a longer duration never reads as a shorter one") {
  const auto value_of = [](const std::string& text) {
    std::size_t end = 0;
    const double digits = std::stod(text, &end);
    const std::string unit = text.substr(end);
    return digits * (unit == "ns"    ? 1
                     : unit == "us"  ? 1e3
                     : unit == "ms"  ? 1e6
                     : unit == "s"   ? 1e9
                     : unit == "min" ? 6e10
                     : unit == "h"   ? 3.6e12
                                     : 8.64e13);
  };
  double before = 0;
  for (std::uint64_t ns = 1; ns < (1ULL << 60); ns += ns / 37 + 1) {
    const double shown = value_of(human_duration(ns));
    CHECK(shown >= before * 0.9999);
    CHECK(shown == Approx(static_cast<double>(ns)).epsilon(0.0051));
    before = shown;
  }
}

TEST_CASE("counts, rates, bytes and shares are written for people") {
  CHECK(human_count(0) == "0");
  CHECK(human_count(999) == "999");
  CHECK(human_count(1'234'567) == "1,234,567");
  CHECK(human_rate(3, 1'000'000'000) == "3.00");
  CHECK(human_rate(123'456, 1'000'000'000) == "123,456");
  CHECK(human_rate(1, 1'000'000'000'000) == "<0.01");
  CHECK(human_rate(1, 0) == "-");
  CHECK(human_bytes(512) == "512 B");
  CHECK(human_bytes(1536) == "1.50 KiB");
  CHECK(human_bytes(1023 * 1024) == "1023 KiB");
  CHECK(human_bytes(1ULL << 20) == "1.00 MiB");
  CHECK(human_percent(0.000001) == "<0.01%");
  CHECK(human_percent(0.0312) == "3.1%");
  CHECK(human_percent(0) == "0.00%");
}

TEST_CASE("the text report fits its width and says what it left out") {
  const Report report = test::sample_report();
  for (const int width : {80, 90, 100, 120}) {
    ExportOptions options;
    options.width = width;
    INFO("width " << width);
    CHECK(widest_line(render(report, options)) <= static_cast<std::size_t>(width));
  }
  ExportOptions narrow;
  narrow.width = 80;
  CHECK(contains(render(report, narrow), "left out to fit 80 columns"));
  CHECK_FALSE(contains(render(report), "left out"));
}

TEST_CASE("the text report has every part") {
  const std::string text = render(test::sample_report());
  for (const char* part : {"latency: find /usr/include -name '*.h'",
                           "ebpf, 1.23s, exit status 0",
                           "SYSCALL",
                           "COUNT",
                           "ERRORS",
                           "TOTAL",
                           "AVG",
                           "MIN",
                           "MAX",
                           "P50",
                           "P95",
                           "P99",
                           "openat",
                           "2,000",
                           "1,237",
                           "waiting calls",
                           "clock_nanosleep",
                           "ENOENT 1,234, EACCES 3",
                           ">=5.00s",
                           "worker",
                           "died in",
                           "1 of 9 returns went on with an interrupted call",
                           "io-bound",
                           "140ns per call",
                           "1.2% of the time",
                           "1.00 MiB",
                           "io_uring",
                           "enters 2,073 = completed 2,070 + in flight 1 + no return 2 + lost 0",
                           "in children 1",
                           "complete: nothing lost, both sides balance"}) {
    INFO(part);
    CHECK(contains(text, part));
  }
  CHECK(text.find("openat") < text.find("waiting calls"));
  CHECK(text.find("waiting calls") < text.find("clock_nanosleep"));
}

TEST_CASE("loss makes the report INCOMPLETE, with reason and number") {
  Report report = test::sample_report();
  report.ledger.add_loss(LossReason::map_full, 12);
  report.ledger.enters = *report.ledger.enters + 5;
  report.complete = report.ledger.complete();
  const std::string text = render(report);
  CHECK(contains(text, "INCOMPLETE: 12 calls lost (map_full 12); 5 more enters than accounted for"));
  CHECK_FALSE(contains(text, "complete: nothing lost"));
}

TEST_CASE("an unknown term is shown as unknown and never as 0") {
  Report report = test::sample_report();
  report.ledger.refused.reset();
  CHECK(contains(render(report), "refused ?"));
  report.syscalls[1].total_ns.reset();
  report.syscalls[1].p50_ns.reset();
  CHECK(contains(render(report), " - "));
}

TEST_CASE("names cannot steer the terminal") {
  Report report = test::sample_report();
  report.target.argv = {"a\x1b[2Jb", "c\rd"};
  report.in_flight[0].comm = "x\x1b]0;title\x07";
  report.warnings = {"bell\x07"};
  report.by = GroupBy::comm;
  for (SyscallRow& row : report.syscalls) {
    row.subject.kind = GroupBy::comm;
    row.subject.name = "evil\x1b[31m\n";
  }
  ExportOptions options;
  options.histogram = true;
  const std::string text = render(report, options);
  for (const char c : text) CHECK((c == '\n' || static_cast<unsigned char>(c) >= 0x20));
  CHECK(contains(text, "evil\\x1b[31m\\x0a"));
}

TEST_CASE("colour and block characters only when asked for") {
  const Report report = test::sample_report();
  ExportOptions plain;
  plain.unicode = false;
  plain.histogram = true;
  for (const char c : render(report, plain)) REQUIRE(static_cast<unsigned char>(c) < 0x80);
  ExportOptions color;
  color.color = true;
  CHECK(contains(render(report, color), "\x1b[1m"));
  CHECK(contains(render(report, color), "█"));
}

TEST_CASE("a call of another ABI says so") {
  Report report = test::sample_report();
  report.syscalls[0].abi = Abi::i386;
  CHECK(contains(render(report), "openat (i386)"));
}

TEST_CASE("count prints calls and rates") {
  Report report = test::sample_report();
  report.command = "count";
  report.verdict.reset();
  const std::string text = render(report);
  CHECK(contains(text, "RATE(/s)"));
  CHECK_FALSE(contains(text, "P99"));
  report.interval = IntervalInfo{3, 2'000'000'000, 5'000'000'000, 3};
  const std::string interval = render(report);
  CHECK(contains(interval, "2.00s to 5.00s (3 intervals in one"));
  CHECK(contains(interval, "SYSCALL"));
}

TEST_CASE("a report without calls says so") {
  Report report = test::sample_report();
  report.syscalls.clear();
  report.target.filter = "%file";
  CHECK(contains(render(report), "no system calls were observed (of those selected with -e)"));
}

TEST_CASE("what holds a single call is never blank in a sparkline") {
  SyscallRow row;
  row.log2.assign(22, HistogramBucket{});
  row.log2[0].count = 1;
  row.log2[5].count = 1'000'000;
  const Axis axis = common_axis({&row}, 22);
  CHECK(sparkline(row, axis, false) == ".    #");
  CHECK(axis.label() == "0..32us");
  CHECK(common_axis({&row}, 3).cells() == 3);
}

TEST_CASE("the full histogram names its bars") {
  const auto row = test::sample_row("read", 0, false, 1'100, 1);
  CHECK(contains(full_bars(row, 80, false, Style(false)), "1us-2us  1     100%  #"));
  const auto slow = test::sample_row("read", 0, false, 5'000'000'000, 1);
  CHECK(contains(full_bars(slow, 80, false, Style(false)), ">1s"));
}

TEST_CASE("text is wrapped at blanks") {
  CHECK(wrap_text("aa bb cc", 5, 2) == "aa bb\n  cc");
  CHECK(wrap_text("", 5, 2).empty());
  CHECK(wrap_text("longerthanline x", 5, 0) == "longerthanline\nx");
}

TEST_CASE("a sum without the hidden rows does not pass for the whole") {
  Report report = test::sample_report();
  CHECK_FALSE(contains(render(report), "total shown"));
  report.rows_hidden = 3;
  CHECK(contains(render(report), "total shown"));
  CHECK(contains(render(report), "3 more rows are not shown (--top N shows N)"));
  report.rows_hidden = 1;
  CHECK(contains(render(report), "1 more row is not shown (--top N shows N)"));
}
