// What perf script printed, read as a log.
#include "backends/perftrace/file_source.h"
#include "backends/perftrace/script_line.h"
#include "backends/perftrace/script_translator.h"

#include <catch2/catch.hpp>
#include <string>

#include "tests/unit/strace_log_fixture.h"

using namespace latimer;
using namespace latimer::test;

namespace {

const LogQuestion kPerf{.open = perftrace::FileSource::open};

// "ls 10 [000] 5.<us>: ": `us` below a million.
std::string at(int us, int tid, const std::string& event) {
  const std::string digits = std::to_string(1'000'000 + us).substr(1);
  return "              ls " + std::to_string(tid) + " [000]     5." + digits + ": " + event + "\n";
}
std::string enter(int us, int tid, int number, const std::string& args = "0, 0, 0, 0, 0, 0") {
  return at(us, tid, "raw_syscalls:sys_enter: NR " + std::to_string(number) + " (" + args + ")");
}
std::string exit(int us, int tid, int number, long value) {
  return at(us, tid, " raw_syscalls:sys_exit: NR " + std::to_string(number) + " = " + std::to_string(value));
}

constexpr int kRead = 0, kClose = 3, kNanosleep = 35, kClone = 56, kVfork = 58, kExecve = 59, kExit = 60,
              kFutex = 202, kExitGroup = 231, kSigreturn = 15;

}  // namespace

TEST_CASE("a call's duration is the time between its entry and its exit", "[perftrace]") {
  const LogAnswer answer =
      read_text(enter(100, 10, kRead) + enter(150, 11, kClose) + exit(151, 11, kClose, -9) +
                    exit(130, 10, kRead, 5) + enter(200, 10, kRead) + exit(207, 10, kRead, 0),
                kPerf);
  REQUIRE_FALSE(answer.error);
  CHECK(stats_of(answer, "read").latency.count() == 2);
  CHECK(stats_of(answer, "read").latency.sum() == 37'000);
  CHECK(stats_of(answer, "close").errors.at(9) == 1);
  CHECK(answer.stats.log->span_ns == 107'000U);
  CHECK(answer.stats.ledger.lines->records == 6);
}

TEST_CASE("what began before, and what did not come back", "[perftrace]") {
  const LogAnswer answer =
      read_text(exit(100, 10, kExecve, 0) + enter(110, 10, kFutex) + enter(120, 11, kExit) +
                    enter(130, 12, kExitGroup) + enter(140, 13, kRead) + enter(150, 13, kClose) +
                    exit(151, 13, kClose, 0),
                kPerf);
  const Ledger& ledger = answer.stats.ledger;
  CHECK(ledger.began_before_attach == 1U);
  CHECK(ledger.no_return == 2U);
  CHECK(ledger.in_flight == 1U);
  CHECK(ledger.lost_exits == 1U);  // of the read
  CHECK(stats_of(answer, "execve").count() == 1);
}

TEST_CASE("a child's return from clone is no call of its own", "[perftrace]") {
  const std::string child = exit(112, 77, kClone, 0) + enter(113, 77, kClose) + exit(114, 77, kClose, 0);
  for (const std::string& fork : {std::string(), at(111, 10, "PERF_RECORD_FORK(77:77):(10:10)")}) {
    const LogAnswer answer = read_text(
        enter(100, 10, kClone, "1200011, 0, 0, 0, 0, 0") + fork + child + exit(120, 10, kClone, 77), kPerf);
    CHECK(stats_of(answer, "clone").count() == 1);
    CHECK(stats_of(answer, "clone").latency.sum() == 20'000);
    CHECK(answer.stats.ledger.child_returns == 1U);
    CHECK(stats_of(answer, "close").count() == 1);
  }
  // The same number without being new: that clone's beginning was lost.
  const LogAnswer lost =
      read_text(enter(90, 77, kClose) + exit(91, 77, kClose, 0) + exit(112, 77, kVfork, 0), kPerf);
  CHECK(lost.stats.ledger.child_returns == 0U);
  CHECK(lost.stats.ledger.lost_enters == 1U);
}

TEST_CASE("the end of rt_sigreturn has no number", "[perftrace]") {
  const LogAnswer answer = read_text(enter(100, 10, kNanosleep) + exit(105, 10, kNanosleep, -516) +
                                         enter(106, 10, kSigreturn) + exit(107, 10, -1, -4),
                                     kPerf);
  CHECK(stats_of(answer, "rt_sigreturn").count() == 1);
  CHECK(stats_of(answer, "rt_sigreturn").error_count() == 0);  // what it "returns" is a register
  CHECK(stats_of(answer, "nanosleep").errors.at(516) == 1);
}

TEST_CASE("whoever dies of the signal that cut its call short has died inside", "[perftrace]") {
  const std::string cut = enter(100, 10, kFutex) + exit(150, 10, kFutex, -512);
  const LogAnswer died = read_text(cut + at(160, 10, "PERF_RECORD_EXIT(10:10):(9:9)"), kPerf);
  CHECK(stats_of(died, "futex").killed_inside == 1);
  CHECK(stats_of(died, "futex").count() == 0);
  CHECK(died.stats.ledger.no_return == 1U);
  for (const std::string& next : {enter(160, 10, kClose), std::string()}) {
    const LogAnswer went_on = read_text(cut + next, kPerf);
    CHECK(stats_of(went_on, "futex").errors.at(512) == 1);
    CHECK(stats_of(went_on, "futex").latency.sum() == 50'000);
  }
}

TEST_CASE("a thread's execve comes back under its leader's number", "[perftrace]") {
  const std::string pids =
      "              ls 10/10    [000]     5.000100: raw_syscalls:sys_enter: NR 202 (0, 0, 0, 0, 0, 0)\n"
      "              ls 10/11    [000]     5.000110: raw_syscalls:sys_enter: NR 59 (0, 0, 0, 0, 0, 0)\n"
      "              id 10/10    [000]     5.000150:  raw_syscalls:sys_exit: NR 59 = 0\n";
  const LogAnswer told = read_text(pids, kPerf);
  CHECK(stats_of(told, "execve").latency.sum() == 40'000);
  CHECK(stats_of(told, "futex").killed_inside == 1);
  CHECK(told.stats.ledger.in_flight == 0U);
}

TEST_CASE("a number that is used again is another task's", "[perftrace]") {
  const std::string cut = enter(100, 77, kFutex) + exit(150, 77, kFutex, -512);
  const std::string first =
      at(160, 10, "PERF_RECORD_FORK(77:77):(10:10)") + enter(170, 77, kClose) + exit(171, 77, kClose, 0);
  const LogAnswer answer = read_text(cut + first, kPerf);
  CHECK(stats_of(answer, "futex").killed_inside == 1);
  CHECK(stats_of(answer, "close").count() == 1);
  // A damaged line: a task that made itself.
  const LogAnswer itself = read_text(
      enter(100, 10, kClose) + exit(101, 10, kClose, 0) + at(160, 10, "PERF_RECORD_FORK(10:10):(10:10)"),
      kPerf);
  CHECK(stats_of(itself, "close").count() == 1);
}

TEST_CASE("a log that quotes such lines is none of them", "[perftrace]") {
  const std::string quoted =
      "7 write(2, \"  ls 742 [0] 1.425893: raw_syscalls:sys_enter: NR 12 (0)\\n\", 80) = -1 EPIPE (Broken "
      "pipe)\n";
  REQUIRE(std::holds_alternative<perftrace::ScriptRecord>(
      perftrace::parse_script_line(quoted.substr(0, quoted.size() - 1))));
  CHECK(perftrace::TextKind::script != perftrace::text_kind(quoted + "7 close(3) = 0\n7 close(4) = 0\n"));
  CHECK(perftrace::TextKind::script ==
        perftrace::text_kind("# header\n\n" + enter(100, 10, kClose) + "cut\n" + exit(101, 10, kClose, 0)));
  CHECK(perftrace::text_kind("") == perftrace::TextKind::other);
}

TEST_CASE("lost samples are told, numbered or not", "[perftrace]") {
  const std::string calls = enter(100, 10, kRead) + exit(101, 10, kRead, 1);
  const LogAnswer numbered = read_text(calls + at(102, 10, "PERF_RECORD_LOST lost 1324"), kPerf);
  CHECK(numbered.stats.ledger.lost[static_cast<std::size_t>(LossReason::tool_reported)] == 1324U);
  const LogAnswer unnumbered = read_text(calls + at(102, 10, "PERF_RECORD_LOST"), kPerf);
  REQUIRE(unnumbered.stats.warnings.size() == 1);
  CHECK(unnumbered.stats.warnings.front().find("does not say how many") != std::string::npos);
}

TEST_CASE("the end of a call behind a loss may be another one's", "[perftrace]") {
  const LogAnswer answer =
      read_text(enter(100, 10, kRead) + at(150, 10, "PERF_RECORD_LOST lost 2") + exit(200, 10, kRead, 1) +
                    enter(210, 10, kRead) + exit(217, 10, kRead, 1),
                kPerf);
  CHECK(stats_of(answer, "read").count() == 2);
  CHECK(stats_of(answer, "read").latency.count() == 1);
  CHECK(stats_of(answer, "read").latency.sum() == 7'000);
}

TEST_CASE("what perf record wrote twice is told once", "[perftrace]") {
  const std::string head = "              ls 10/10 [000]     5.";
  const std::string entered = head + "000100001: raw_syscalls:sys_enter: NR 3 (0, 0, 0, 0, 0, 0)\n";
  const std::string left = head + "000100201:  raw_syscalls:sys_exit: NR 3 = 0\n";
  const std::string again = head + "000100301: raw_syscalls:sys_enter: NR 3 (0, 0, 0, 0, 0, 0)\n";
  const std::string lost = head + "000100301: PERF_RECORD_LOST lost 7\n";
  // Another CPU's at the same time.
  const std::string other =
      "              ls 10/11 [001]     5.000100001: raw_syscalls:sys_enter: NR 3 (0, 0, 0, 0, 0, 0)\n";
  const LogAnswer answer =
      read_text(entered + other + entered + left + left + lost + again + lost + again, kPerf);
  CHECK(stats_of(answer, "close").count() == 1);
  CHECK(stats_of(answer, "close").latency.sum() == 200);
  CHECK(answer.stats.ledger.lost[static_cast<std::size_t>(LossReason::tool_reported)] == 7U);
  CHECK(answer.stats.ledger.in_flight == 2U);
  CHECK(answer.stats.ledger.lost_exits == 0U);
  CHECK(answer.stats.ledger.lost_enters == 0U);
  CHECK(ignored(answer, "told twice") == 4U);
  // Another log may be the same one.
  perftrace::ScriptTranslator translator({});
  for (int log = 0; log < 2; ++log) {
    translator.begin_log(std::to_string(log));
    translator.line({.text = std::string_view(entered).substr(0, entered.size() - 1)}, nullptr);
  }
  CHECK(translator.ledger().enters == 2U);
  // A clock of few steps.
  std::string step;
  for (const char* what : {"enter: NR 3 (0, 0, 0, 0, 0, 0)", "exit: NR 3 = 0"})
    step += head + "000100001: raw_syscalls:sys_" + what + "\n";
  CHECK(stats_of(read_text(step + step, kPerf), "close").count() == 2);
  // Whole microseconds have room for more than one return: of calls that were refused before entry.
  const LogAnswer coarse = read_text(exit(100, 10, kClose, -1) + exit(100, 10, kClose, -1), kPerf);
  CHECK(stats_of(coarse, "close").count() == 2);
}

TEST_CASE("what the lines do not tell of what was lost in all is lost as well", "[perftrace]") {
  perftrace::ScriptTranslator translator({});
  const auto lost = [&translator] {
    return translator.ledger().lost[static_cast<std::size_t>(LossReason::tool_reported)].value_or(0);
  };
  const std::string text = at(100, 10, "PERF_RECORD_LOST lost 20");
  translator.begin_log("one");
  translator.line({.text = std::string_view(text).substr(0, text.size() - 1), .terminated = true}, nullptr);
  CHECK(lost() == 20U);
  translator.lost_in_all(0);  // older ones do not count
  CHECK(lost() == 20U);
  translator.lost_in_all(23);
  CHECK(lost() == 23U);
  translator.lost_in_all(23);
  CHECK(lost() == 23U);
  translator.begin_log("another");
  translator.lost_in_all(5);
  CHECK(lost() == 28U);
}

TEST_CASE("times that go back do not make durations", "[perftrace]") {
  const LogAnswer answer = read_text(enter(100, 10, kRead) + exit(90, 10, kRead, 1), kPerf);
  CHECK(stats_of(answer, "read").count() == 1);
  CHECK(stats_of(answer, "read").latency.sum() == 0);
}

TEST_CASE("what was not asked for is left out", "[perftrace]") {
  LogQuestion question = kPerf;
  question.filter = *SyscallFilter::parse("close");
  const LogAnswer answer = read_text(
      enter(100, 10, kRead) + exit(101, 10, kRead, 1) + enter(102, 10, kClose) + exit(103, 10, kClose, 0),
      question);
  CHECK(answer.snapshot.stats.size() == 1);
  CHECK(answer.stats.ledger.lines->ignored.at("not selected") == 2);
}

TEST_CASE("tracepoints have names of their own", "[perftrace]") {
  std::string text =
      at(100, 10, "syscalls:sys_enter_newfstat: fd: 0x3") + at(101, 10, " syscalls:sys_exit_newfstat: 0x0");
  text += at(102, 10, "syscalls:sys_enter_frobnicate: fd: 0x3");
  const LogAnswer answer = read_text(text, kPerf);
  CHECK(stats_of(answer, "fstat").count() == 1);
  CHECK(rejected(answer) == 1);
}

TEST_CASE("another file is named for what it is", "[perftrace]") {
  const TempFolder folder;
  const auto why = [&folder](const std::string& text) {
    const LogAnswer answer = read_logs({folder.file(text, "log")}, kPerf);
    return answer.error ? answer.error->message : "";
  };
  CHECK(why("10 close(3) = 0\n").find("begins with '10 close(3) = 0'") != std::string::npos);
  CHECK(why("\x7f"
            "ELF" +
            std::string(100, '\0'))
            .find("an ELF program") != std::string::npos);
  CHECK(why("").empty());
}

TEST_CASE("a line without its end is not believed", "[perftrace]") {
  const std::string whole = enter(100, 10, kRead) + exit(101, 10, kRead, 1234);
  for (std::size_t cut = 1; cut < 5; ++cut) {
    const LogAnswer answer = read_text(whole.substr(0, whole.size() - cut), kPerf);
    CHECK(answer.stats.ledger.completed == 0U);
    CHECK(rejected(answer) == 1);
  }
}

TEST_CASE("who ends in the middle of an execve that has succeeded has become invisible", "[perftrace]") {
  const LogAnswer answer =
      read_text(enter(100, 10, kExecve) + at(110, 10, "PERF_RECORD_COMM exec: su:10/10") +
                    at(111, 10, "PERF_RECORD_EXIT(10:10):(9:9)") + enter(120, 11, kExecve) +
                    at(121, 11, "PERF_RECORD_EXIT(11:11):(9:9)") + enter(130, 12, kExecve) +
                    at(131, 12, "PERF_RECORD_COMM exec: ls:12/12") + exit(132, 12, kExecve, 0) +
                    enter(133, 12, kRead) + at(134, 12, "PERF_RECORD_EXIT(12:12):(9:9)"),
                kPerf);
  const Ledger& ledger = answer.stats.ledger;
  CHECK(ledger.lost[static_cast<std::size_t>(LossReason::hidden)] == 1U);
  CHECK(ledger.lost_exits == 1U);
  CHECK(ledger.no_return == 2U);  // killed in execve, and in read
  CHECK(stats_of(answer, "execve").killed_inside == 1);
}
