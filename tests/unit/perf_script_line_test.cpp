// What perf script prints, line by line.
#include "backends/perftrace/script_line.h"

#include <catch2/catch.hpp>
#include <deque>
#include <string>

using namespace latimer::perftrace;

namespace {

// The views point into the line, which stays.
ScriptRecord record_of(const std::string& text) {
  static std::deque<std::string> lines;
  const std::string& line = lines.emplace_back(text);
  INFO(line);
  const ScriptParsed parsed = parse_script_line(line);
  REQUIRE(std::holds_alternative<ScriptRecord>(parsed));
  return std::get<ScriptRecord>(parsed);
}

std::string ignored(const std::string& line) {
  const ScriptParsed parsed = parse_script_line(line);
  const auto* found = std::get_if<ScriptIgnored>(&parsed);
  return found != nullptr ? std::string(found->kind) : "";
}

std::string rejected(const std::string& line) {
  const ScriptParsed parsed = parse_script_line(line);
  const auto* found = std::get_if<ScriptRejected>(&parsed);
  return found != nullptr ? std::string(found->reason) : "";
}

}  // namespace

TEST_CASE("entries and exits of raw_syscalls", "[perftrace]") {
  const ScriptRecord enter = record_of(
      "              ls 29490 [000]  2007.849883: raw_syscalls:sys_enter: NR 12 (0, 7ffcf94f8cbc, 0, 37f, 0, "
      "0)");
  CHECK(enter.kind == ScriptKind::enter);
  CHECK(enter.tid == 29490);
  CHECK(enter.process == 0);
  CHECK(enter.comm == "ls");
  CHECK(enter.time_ns == 2'007'849'883'000);
  CHECK(enter.number == 12);
  CHECK(enter.args == "0, 7ffcf94f8cbc, 0, 37f, 0, 0");

  const ScriptRecord exit =
      record_of("      python3.11 29456/29457 [001]  2004.563339872:  raw_syscalls:sys_exit: NR 59 = -2");
  CHECK(exit.kind == ScriptKind::exit);
  CHECK(exit.process == 29456);
  CHECK(exit.tid == 29457);
  CHECK(exit.comm == "python3.11");
  CHECK(exit.time_ns == 2'004'563'339'872);
  CHECK(exit.value == -2);

  CHECK(record_of("ls  742/742   [001] 61891.425893619:  raw_syscalls:sys_exit: NR 59 = 0").tid == 742);
  CHECK(record_of("ls  742/742   [-01] 61891.425893619: PERF_RECORD_EXIT(742:742):(1:1)").tid == 742);
  CHECK(record_of("ls  742 61891.425893:  raw_syscalls:sys_exit: NR -1 = 5").number == -1);
  CHECK(record_of("ls  742 [0] 1.425893:  raw_syscalls:sys_exit: NR 9 = 139763311669248").value ==
        139763311669248);
}

TEST_CASE("tracepoints of single calls", "[perftrace]") {
  const ScriptRecord enter = record_of(
      "             cat  7852 [001] 61892.984292: syscalls:sys_enter_openat: dfd: 0xffffff9c, filename: "
      "0x7f");
  CHECK(enter.name == "openat");
  CHECK(enter.args == "dfd: 0xffffff9c, filename: 0x7f");
  CHECK(record_of("cat  7852 [001] 61892.984290: syscalls:sys_enter_getpid: ").name == "getpid");
  const ScriptRecord exit =
      record_of("             cat  7852 [001] 61892.984490:  syscalls:sys_exit_openat: 0xfffffffffffffffe");
  CHECK(exit.kind == ScriptKind::exit);
  CHECK(exit.value == -2);
}

TEST_CASE("a command's name may hold anything", "[perftrace]") {
  const std::string behind = " 29490 [000]  2007.849883: raw_syscalls:sys_enter: NR 12 (0, 0, 0, 0, 0, 0)";
  for (const std::string& comm :
       {std::string("tmux: server"), std::string("a 1 [0] 2.3: x"), std::string(":29129"),
        std::string("syscalls:sys_e"), std::string("PERF_RECORD_"), std::string("\xff\x01(")}) {
    const ScriptRecord record = record_of(std::string(16 - comm.size(), ' ') + comm + behind);
    CHECK(record.comm == comm);
    CHECK(record.tid == 29490);
  }
  CHECK(record_of(std::string(16, ' ') + behind).comm.empty());
}

TEST_CASE("what happens to tasks", "[perftrace]") {
  const std::string head = "              ls 29490 [000]  2007.849883: ";
  const ScriptRecord exec = record_of(head + "PERF_RECORD_COMM exec: tmux: a/b:29490/29491");
  CHECK(exec.kind == ScriptKind::executed);
  CHECK(exec.comm == "tmux: a/b");
  CHECK(exec.process == 29490);
  CHECK(exec.tid == 29491);
  CHECK(record_of(head + "PERF_RECORD_COMM: perf-exec:7742/7742").kind == ScriptKind::renamed);
  const ScriptRecord fork = record_of(head + "PERF_RECORD_FORK(29491:29492):(29490:29493)");
  CHECK(fork.kind == ScriptKind::forked);
  CHECK(fork.other_process == 29491);
  CHECK(fork.other == 29492);
  CHECK(fork.process == 29490);
  CHECK(fork.tid == 29493);
  const ScriptRecord end = record_of(head + "PERF_RECORD_EXIT(29490:29494):(29489:29489)");
  CHECK(end.kind == ScriptKind::ended);
  CHECK(end.tid == 29494);
  CHECK(record_of(head + "PERF_RECORD_LOST lost 1324").count == 1324);
  CHECK(record_of(head + "PERF_RECORD_LOST_SAMPLES lost 29").count == 29);
  CHECK(record_of(head + "PERF_RECORD_LOST").kind == ScriptKind::lost);
  CHECK(ignored(head + "PERF_RECORD_MMAP2 29490/29490: [0x55(0x2000) @ 0 fe:00 1 2]: r-xp /bin/ls") ==
        "other event");
}

TEST_CASE("lines that are none of these", "[perftrace]") {
  CHECK(ignored("") == "blank");
  CHECK(ignored("# captured on    : Sat Nov 21") == "header");
  CHECK(ignored("\tffffffff81001234 do_syscall_64+0x5 ([kernel.kallsyms])") == "stack");
  CHECK(ignored("ls 29490 [000]  2007.849883:  sched:sched_switch: prev_comm=ls prev_pid=29490") ==
        "other event");
  CHECK(rejected("hello") == "no event");
  const std::string head = "ls 29490 [000]  2007.849883: ";
  for (const char* event :
       {"raw_syscalls:sys_enter: NR x (0)", "raw_syscalls:sys_enter: NR 12 (0, 7ffc",
        "raw_syscalls:sys_exit: NR 12 = ", "raw_syscalls:sys_exit: NR 12 = 3x",
        "raw_syscalls:sys_exit: NR 99999999999 = 3", "syscalls:sys_exit_openat: 3",
        "syscalls:sys_exit_openat: 0x10000000000000000", "syscalls:sys_enter_openat", "PERF_RECORD_FORK(1:2)",
        "PERF_RECORD_COMM: x", "PERF_RECORD_EXIT(1)", "PERF_RECORD_LOST lost 99999999999999999999"}) {
    INFO(event);
    CHECK_FALSE(rejected(head + event).empty());
  }
  // A time that is none.
  for (const char* time : {"2007.84988", "2007", "99999999999.849883", ".849883"})
    CHECK(rejected("ls 29490 [000]  " + std::string(time) + ": raw_syscalls:sys_exit: NR 12 = 0") ==
          "no event");
}
