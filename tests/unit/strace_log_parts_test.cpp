// The parts that a log's reading is made of, each by itself: names of files, tables, clocks, kinds of
// content.
#include <filesystem>

#include "backends/strace/log_clock.h"
#include "backends/strace/log_inputs.h"
#include "backends/strace/summary_table.h"
#include "core/model/call_traits.h"
#include "core/record/content_kind.h"
#include "tests/unit/input_fixture.h"

using namespace latimer;
using namespace latimer::strace;
using namespace latimer::test;

namespace {

std::vector<std::pair<std::string, std::int32_t>> found(const TempFolder& folder,
                                                        const std::vector<std::string>& inputs) {
  std::vector<std::pair<std::string, std::int32_t>> names;
  const auto logs = find_logs(inputs);
  REQUIRE(logs.ok());
  for (const LogFile& log : *logs)
    names.emplace_back(std::filesystem::relative(log.name, folder.path).string(), log.tid);
  return names;
}

using Names = std::vector<std::pair<std::string, std::int32_t>>;

}  // namespace

TEST_CASE("logs are read as given, families by thread id", "[strace][log]") {
  const TempFolder folder;
  for (const char* name : {"b.12", "b.9", "a", "b.100.gz", "c.7.zst", "c.0", "c.x", "d.99999999999", ".5"})
    (void)folder.file("", name);
  const std::string path = folder.path.string() + "/";
  CHECK(found(folder, {path + "b.12", path + "a", path + "b.9"}) ==
        Names{{"b.9", 9}, {"b.12", 12}, {"a", 0}});
  CHECK(found(folder, {folder.path}) == Names{{"a", 0},
                                              {"b.9", 9},
                                              {"b.12", 12},
                                              {"b.100.gz", 100},
                                              {"c.0", 0},
                                              {"c.7.zst", 7},
                                              {"c.x", 0},
                                              {"d.99999999999", 0}});
  CHECK(found(folder, {path + ".5"}) == Names{{".5", 0}});
  const auto logs = find_logs({path + "b.9", path + "c.7.zst", path + "b.12", "-"});
  REQUIRE(logs.ok());
  CHECK((*logs)[0].family == (*logs)[1].family);
  CHECK((*logs)[0].family != (*logs)[2].family);
  CHECK(logs->back().name == "-");
  CHECK((*logs)[0].named);
  CHECK_FALSE(find_logs({folder.path})->front().named);
}

TEST_CASE("a table is read by its dashes, until it ends", "[strace][log]") {
  SummaryTable table;
  SummaryRow row;
  using Seen = SummaryTable::Seen;
  CHECK(SummaryTable::begins("% time     seconds  usecs/call     calls    errors syscall"));
  CHECK(SummaryTable::begins("  calls syscall\r"));
  CHECK_FALSE(SummaryTable::begins("% time     seconds  usecs/call     calls    errors"));
  CHECK_FALSE(SummaryTable::begins("7 syscall(1) = 0"));
  CHECK_FALSE(SummaryTable::begins(""));
  CHECK(table.line("    calls    errors syscall", row) == Seen::furniture);
  CHECK(table.open());
  CHECK(table.line("--------- --------- ----------------", row) == Seen::furniture);
  CHECK(table.line("       21         2 openat", row) == Seen::row);
  CHECK(row.name == "openat");
  CHECK(row.calls == 21);
  CHECK(row.errors == 2);
  CHECK_FALSE(row.time_ns);
  CHECK(table.line("       37           a_name_that_is_longer_than_its_column", row) == Seen::row);
  CHECK(row.name == "a_name_that_is_longer_than_its_column");
  CHECK(row.errors == 0);
  CHECK(table.line("--------- --------- ----------------", row) == Seen::furniture);
  CHECK(table.line("       58         2 total", row) == Seen::total);
  CHECK_FALSE(table.open());
  for (const char* no_row :
       {"       21         2", "       xx         2 openat", "99999999999999999999 2 openat",
        "       21         2 two words", "7     close(3) = 0 <0.000001>", ""}) {
    INFO(no_row);
    (void)table.line("    calls    errors syscall", row);
    (void)table.line("--------- --------- ----------------", row);
    CHECK(table.line(no_row, row) == Seen::nothing);
    CHECK_FALSE(table.open());
  }
  (void)table.line("    calls    errors syscall", row);
  CHECK(table.line("       21         2 openat", row) == Seen::nothing);  // no dashes
  CHECK(SummaryTable::mode_of("System call usage summary for x32 mode:\r") == "x32");
  CHECK_FALSE(SummaryTable::mode_of("System call usage summary for x32"));
}

TEST_CASE("the threads of a run share their midnight", "[strace][log]") {
  const Layout of_day{PidColumn::none, TimeColumn::of_day};
  constexpr std::int64_t kSecond = 1'000'000'000;
  const auto stamp = [](LogClock& clock, std::int64_t seconds) {
    Record record;
    record.time_ns = seconds * kSecond;
    clock.stamp(record);
    return *record.time_ns / kSecond;
  };
  LogClock clock;
  clock.begin_log(of_day, false, false);
  CHECK(stamp(clock, 86'390) == 86'390);
  CHECK(stamp(clock, 5) == 86'405);
  clock.begin_log(of_day, false, true);  // it began after midnight
  CHECK(stamp(clock, 10) == 86'410);
  CHECK(clock.span_ns() == 20 * kSecond);
  LogClock later;
  later.begin_log(of_day, false, false);
  CHECK(stamp(later, 10) == 10);
  later.begin_log(of_day, false, true);  // it began before
  CHECK(stamp(later, 86'395) == -5);
  CHECK(stamp(later, 15) == 15);
  CHECK(later.span_ns() == 20 * kSecond);
  later.begin_log(of_day, false, false);  // another run's
  CHECK_FALSE(later.span_ns());
}

TEST_CASE("a file's first bytes tell what kind of thing it is", "[record]") {
  using Kind = ContentKind;
  CHECK(content_kind("") == Kind::empty);
  CHECK(content_kind(" \r\n\t\n") == Kind::empty);
  CHECK(content_kind("7 close(3) = 0\n") == Kind::text);
  CHECK(content_kind("7 close(3) = 0\r\n") == Kind::text);
  CHECK(content_kind("7 close(3) = 0\r7 close(4) = 0\r") == Kind::cr_only);
  CHECK(content_kind("7 close(3) = 0\r") == Kind::text);  // one line, its newline not there yet
  CHECK(content_kind("\xfe\xff") == Kind::utf16);
  CHECK(content_kind("PERFILE2") == Kind::perf_data);
  CHECK(content_kind("PERFILE1") == Kind::text);
  CHECK(content_kind("         ? (         ): true/27430  ... [continued]: execve()) = 0\n") ==
        Kind::perf_trace);
  CHECK(content_kind("  ls 29490 [000]  2007.849883: raw_syscalls:sys_enter: NR 12 (0)\n") ==
        Kind::perf_script);
  CHECK(content_kind("\xfd"
                     "7zXZ\0\0\4") == Kind::xz);
  CHECK(content_kind("BZh91AY&SY") == Kind::bzip2);
  CHECK(content_kind("PK\3\4xxxx") == Kind::zip);
  CHECK(content_kind("log" + std::string(254, '\0') + "ustar" + std::string(250, '\0')) == Kind::tar);
  CHECK(content_kind("\x1b[32m7 close(3) = 0\x1b[0m\n") == Kind::text);
  CHECK(content_kind("caf\xc3\xa9 \xff\xf0\n") == Kind::text);
  for (const Kind kind :
       {Kind::text, Kind::empty, Kind::elf, Kind::perf_data, Kind::utf16, Kind::cr_only, Kind::perf_trace,
        Kind::bpftrace, Kind::binary, Kind::xz, Kind::bzip2, Kind::zip, Kind::tar, Kind::perf_script}) {
    CHECK_FALSE(describe(kind).empty());
  }
}

TEST_CASE("what calls do to their callers goes by name, in every ABI", "[model]") {
  for (const Abi abi : kAllAbis) {
    const auto traits = [abi](const char* name) {
      return call_traits(abi, syscall_number(abi, name).value_or(-1));
    };
    CHECK(traits("exit_group") == kNeverReturns);
    CHECK(traits("execve") == kExecutes);
    CHECK(traits("rt_sigreturn") == kSigreturns);
    CHECK(traits("restart_syscall") == kRestarts);
    CHECK(traits("clone") == kClones);
    CHECK(traits("prctl") == kSetsName);
    CHECK(traits("read") == 0);
    CHECK(call_traits(abi, -1) == 0);
    CHECK(call_traits(abi, kSyscallNumbers) == 0);
    CHECK(call_traits(abi, INT32_MAX) == 0);
  }
  CHECK(call_traits(Abi::i386, *syscall_number(Abi::i386, "sigreturn")) == kSigreturns);
}
