// What bpftrace printed of Latimer's program, read as a file.
#include <catch2/catch.hpp>
#include <string>

#include "backends/bpftrace/file_source.h"
#include "tests/unit/strace_log_fixture.h"

using namespace latimer;
using namespace latimer::test;

namespace {

const std::string kBegin = "Attaching 8 probes...\nlatimer-bpftrace 1\nbegun 1000\n";

// The kernel's own counts of what it printed are at the end.
std::string end(int enters, int exits, const std::string& maps = "") {
  return "over 900000\n\n\n@enters: " + std::to_string(enters) + "\n@exits: " + std::to_string(exits) + "\n" +
         maps;
}

LogQuestion question(GroupBy by = GroupBy::none) {
  LogQuestion asked;
  asked.open = bpftrace::FileSource::open;
  asked.by = by;
  return asked;
}

LogAnswer read_output(const std::string& text, LogQuestion asked = question()) {
  const TempFolder folder;
  const std::string path = folder.file(text, "out");
  const LogAnswer answer = read_logs({path}, asked);
  INFO(text_of(answer));
  CHECK(answer.stats.ledger.line_residual() == 0);
  CHECK_FALSE(answer.negative);
  asked.mode = CaptureMode::stream;
  CHECK(text_of(read_logs({path}, asked)) == text_of(answer));
  return answer;
}

std::uint64_t lost(const LogAnswer& answer, LossReason reason) {
  return answer.stats.ledger.lost[static_cast<std::size_t>(reason)].value_or(0);
}

constexpr auto kPlain =
    "c 2000 150 10 11 0 0 5\n"
    "c 3000 250 10 11 0 0 -9\n"
    "c 4000 30 10 10 110 1 7\n";

}  // namespace

TEST_CASE("records become calls", "[bpftrace]") {
  const LogAnswer answer = read_output(kBegin + kPlain + end(3, 3));
  REQUIRE_FALSE(answer.error);
  CHECK(stats_of(answer, "read").latency.sum() == 400);
  CHECK(stats_of(answer, "read").errors.at(9) == 1);
  CHECK(answer.snapshot.stats.count({Abi::i386, 110, {}}) == 1);  // iopl there
  CHECK(answer.stats.ledger.complete());
  CHECK(answer.stats.ledger.enters == 3U);
  CHECK(answer.stats.ledger.in_flight == 0U);
  CHECK(answer.stats.log->span_ns == 899'000U);
  CHECK(answer.stats.log->whole);
}

TEST_CASE("records that are no completions", "[bpftrace]") {
  const LogAnswer answer = read_output(kBegin +
                                       "a 0 0 10 10 7 0 1\n"
                                       "b 0 0 12 12 56 0 0\n"
                                       "r 0 0 12 12 39 0 -1\n"
                                       "d 5000 9 12 12 231 0 0\n"
                                       "d 5000 9 13 13 202 0 0\n" +
                                       end(2, 3));
  const Ledger& ledger = answer.stats.ledger;
  CHECK(ledger.began_before_attach == 1U);
  CHECK(ledger.child_returns == 1U);
  CHECK(ledger.refused == 1U);
  CHECK(ledger.no_return == 2U);
  CHECK(ledger.complete());
  CHECK(count_of(answer, "getpid") == 1);
  CHECK(stats_of(answer, "getpid").errors.at(1) == 1);
  CHECK(stats_of(answer, "futex").killed_inside == 1);
  CHECK(stats_of(answer, "exit_group").killed_inside == 0);
}

TEST_CASE("what was under way at the end is in the maps", "[bpftrace]") {
  const LogAnswer answer = read_output(kBegin + kPlain +
                                       end(5, 3,
                                           "@s[11]: (2, 0, 0, 0)\n@s[12]: (800000, 202, 0, 10)\n"
                                           "@s[13]: (700000, 230, 2, 10)\n@cut[13]: (5000, -516)\n"));
  CHECK(answer.stats.ledger.complete());
  REQUIRE(answer.snapshot.in_flight.size() == 1);
  CHECK(answer.snapshot.in_flight[0].tid == 12);
  CHECK(answer.snapshot.in_flight[0].age_ns == 100'000U);
  // Cut short by a signal: it has come back, and its thread had not yet gone on.
  CHECK(stats_of(answer, "clock_nanosleep").errors.at(516) == 1);
  CHECK(stats_of(answer, "clock_nanosleep").latency.sum() == 5000);
}

TEST_CASE("sigreturn has no number of its own and no error", "[bpftrace]") {
  const LogAnswer answer =
      read_output(kBegin + "c 2000 150 10 11 15 0 -4\na 0 0 10 10 -1 0 -4\n" + end(1, 2));
  CHECK(stats_of(answer, "rt_sigreturn").error_count() == 0);
  CHECK(answer.stats.ledger.began_before_attach == 1U);
}

TEST_CASE("lost records are told, also those that bpftrace says nothing of", "[bpftrace]") {
  const LogAnswer told = read_output(kBegin + kPlain + "Lost 40 events\n" + end(43, 43));
  CHECK(lost(told, LossReason::tool_reported) == 40);
  CHECK(told.stats.ledger.lost_exits == 40U);
  CHECK_FALSE(told.stats.ledger.complete());
  CHECK(told.stats.ledger.enter_residual() == 0);
  const LogAnswer untold = read_output(kBegin + kPlain + "Lost 40 events\n" + end(53, 53));
  CHECK(lost(untold, LossReason::tool_reported) == 50);
  CHECK(warns(untold, "10 records"));
}

TEST_CASE("maps without room are told", "[bpftrace]") {
  const LogAnswer answer = read_output(
      kBegin +
      "record.bt:9:1-2: WARNING: Failed to map_update_elem: Argument list too long (-7)\n  @s[tid]\n" +
      end(0, 0));
  CHECK(lost(answer, LossReason::map_full) == 1);
  CHECK(warns(answer, "BPFTRACE_MAP_KEYS_MAX"));
}

TEST_CASE("an output that was cut is an error, behind what it tells", "[bpftrace]") {
  for (const char* rest : {"", "c 3 4"}) {
    const LogAnswer answer = read_output(kBegin + kPlain + rest);
    REQUIRE(answer.error);
    CHECK(count_of(answer, "read") == 2);
    CHECK_FALSE(answer.stats.ledger.in_flight);
    CHECK_FALSE(answer.stats.ledger.enters);
    CHECK_FALSE(answer.stats.log->whole);
  }
}

TEST_CASE("processes and threads are told apart, by their own names", "[bpftrace]") {
  const std::string text = kBegin + "c 2000 150 10 11 0 0 5 61 0\nc 2000 150 10 12 0 0 5 62 0\n" +
                           end(3, 2, "@s[12]: (800000, 202, 0, 10)\n");
  const LogAnswer threads = read_output(text, question(GroupBy::thread));
  CHECK(threads_of(threads, "read") == std::vector<std::int32_t>{11, 12});
  CHECK(threads.snapshot.in_flight[0].comm == "b");
  const LogAnswer names = read_output(text, question(GroupBy::comm));
  CHECK(names.snapshot.stats.size() == 2);
}

TEST_CASE("only some of a file's calls", "[bpftrace]") {
  LogQuestion asked = question();
  asked.filter = SyscallFilter::parse("read").value();
  const LogAnswer answer = read_output(kBegin + kPlain + end(3, 3), asked);
  CHECK(answer.stats.ledger.completed == 2U);
  CHECK(ignored(answer, "not selected") == 1);
  CHECK(answer.stats.ledger.complete());
}

TEST_CASE("JSON and text come to the same", "[bpftrace]") {
  const std::string json =
      "{\"type\": \"attached_probes\", \"data\": {\"probes\": 8}}\n"
      "{\"type\": \"printf\", \"data\": \"latimer-bpftrace 1\\n\"}\n"
      "{\"type\": \"printf\", \"data\": \"begun 1000\\n\"}\n"
      "{\"type\": \"printf\", \"data\": \"c 2000 150 10 11 0 0 5\\n\"}\n"
      "{\"type\": \"printf\", \"data\": \"c 3000 250 10 11 0 0 -9\\n\"}\n"
      "{\"type\": \"printf\", \"data\": \"c 4000 30 10 10 110 1 7\\n\"}\n"
      "{\"type\": \"printf\", \"data\": \"over 900000\\n\"}\n\n\n"
      "{\"type\": \"map\", \"data\": {\"@enters\": 3}}\n"
      "{\"type\": \"map\", \"data\": {\"@exits\": 3}}\n"
      "{\"type\": \"map\", \"data\": {\"@s\": {\"11\": [2,0,0,0], \"10\": [2,0,0,0]}}}\n";
  const LogAnswer answer = read_output(json);
  REQUIRE_FALSE(answer.error);
  CHECK(text_of(answer.stats.ledger).substr(0, 60) ==
        text_of(read_output(kBegin + kPlain + end(3, 3)).stats.ledger).substr(0, 60));
  CHECK(stats_of(answer, "read").latency.sum() == 400);
  CHECK(bpftrace::is_output(json));
}

TEST_CASE("several outputs add up, each with its own threads", "[bpftrace]") {
  const TempFolder folder;
  const std::string first = folder.file(kBegin + kPlain + end(4, 3, "@s[12]: (800000, 202, 0, 10)\n"), "a");
  const std::string second = folder.file(kBegin + kPlain + end(3, 3), "b");
  const LogAnswer answer = read_logs({first, second}, question());
  CHECK(answer.stats.ledger.completed == 6U);
  CHECK(answer.stats.ledger.enters == 7U);
  CHECK(answer.stats.ledger.in_flight == 1U);
  CHECK(answer.stats.ledger.complete());
}

TEST_CASE("what is no such output is named for what it is", "[bpftrace]") {
  const TempFolder folder;
  const LogAnswer strace = read_logs({folder.file("close(3) = 0\nclose(4) = 0\n")}, question());
  REQUIRE(strace.error);
  CHECK(strace.error->message.find("close(3) = 0") != std::string::npos);
  const LogAnswer other = read_logs({folder.file("Attaching 2 probes...\n@count: 5\n")}, question());
  REQUIRE(other.error);
  CHECK(other.error->hint.find("record.bt") != std::string::npos);
  CHECK_FALSE(bpftrace::is_output("7 write(1, \"latimer-bpftrace 1\", 18) = 18\n"));
  CHECK_FALSE(bpftrace::is_output(""));
}
