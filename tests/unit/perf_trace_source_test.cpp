// What perf trace printed, read as a log: which calls its lines make.
#include <catch2/catch.hpp>
#include <string>

#include "tests/unit/perf_trace_fixture.h"

using namespace latimer;
using namespace latimer::test;

TEST_CASE("whole calls of perf trace", "[perftrace]") {
  const LogAnswer answer = read_text(
      whole(100, 7, 10, "read(fd: 3)", "5") + whole(110, 9, 11, "read(fd: 3)", "-1 EBADF (Bad)") +
          whole(130, 2, 10, "fcntl(fd: 3, cmd: GETFD)", "CLOEXEC") + whole(140, 1, 10, "getpid()", ""),
      kPerf);
  REQUIRE_FALSE(answer.error);
  CHECK(stats_of(answer, "read").count() == 2);
  CHECK(stats_of(answer, "read").latency.sum() == 16'000);
  CHECK(stats_of(answer, "read").errors.at(9) == 1);
  CHECK(stats_of(answer, "fcntl").error_count() == 0);
  CHECK(stats_of(answer, "getpid").latency.sum() == 1'000);
  CHECK(answer.stats.ledger.lines->records == 4);
  CHECK(answer.stats.log->span_ns == 41'000U);
  CHECK(answer.stats.log->duration_step_ns == 1'000U);
  CHECK(answer.stats.log->inputs.front().columns == "perf trace");
  CHECK(answer.stats.warnings.empty());
}

TEST_CASE("a call that is continued is one call", "[perftrace]") {
  const LogAnswer answer = read_text(entered(100, 10, "read(fd: 3)") + whole(110, 5, 11, "close(fd: 3)") +
                                         continued(100, 50, 10, "read", "7"),
                                     kPerf);
  CHECK(stats_of(answer, "read").count() == 1);
  CHECK(stats_of(answer, "read").latency.sum() == 50'000);
  CHECK(answer.stats.ledger.lost_enters == 0U);
  CHECK(answer.stats.ledger.in_flight == 0U);
}

TEST_CASE("a call that is not continued is in flight or lost", "[perftrace]") {
  const LogAnswer answer = read_text(entered(100, 10, "read(fd: 3)") + whole(110, 5, 11, "close(fd: 3)") +
                                         entered(100, 12, "read(fd: 3)") + whole(200, 5, 12, "close(fd: 3)"),
                                     kPerf);
  CHECK(stats_of(answer, "read").count() == 0);
  CHECK(stats_of(answer, "close").count() == 2);
  CHECK(answer.stats.ledger.in_flight == 1U);
  CHECK(answer.stats.ledger.lost_exits == 1U);
  REQUIRE(answer.snapshot.in_flight.size() == 1);
  CHECK(answer.snapshot.in_flight.front().tid == 10);
  CHECK(answer.snapshot.in_flight.front().age_ns == 105'000U);
}

TEST_CASE("an end of what began before, and one whose beginning perf has forgotten", "[perftrace]") {
  const LogAnswer before = read_text(came_back(10, "execve") + whole(110, 5, 10, "close(fd: 3)"), kPerf);
  CHECK(before.stats.ledger.began_before_attach == 1U);
  CHECK(stats_of(before, "execve").count() == 1);
  CHECK(stats_of(before, "execve").latency.count() == 0);
  // The beginning was printed, and then forgotten: it is one call, and takes an unknown time.
  const LogAnswer forgotten = read_text(whole(90, 5, 10, "close(fd: 3)") + entered(100, 10, "read(fd: 3)") +
                                            came_back(10, "read", "5") + whole(200, 5, 10, "close(fd: 3)"),
                                        kPerf);
  CHECK(stats_of(forgotten, "read").count() == 1);
  CHECK(stats_of(forgotten, "read").untimed == 1);
  CHECK(forgotten.stats.ledger.lost_enters == 0U);
  CHECK(forgotten.stats.ledger.lost_exits == 0U);
}

// perf prints the time since the entry before, which it has printed already.
TEST_CASE("an end with another call's beginning has no duration", "[perftrace]") {
  const LogAnswer answer =
      read_text(whole(100, 7, 10, "lseek(fd: 3)") + continued(100, 54, 10, "read", "5") +
                    entered(200, 10, "lseek(fd: 3)") + continued(200, 99, 10, "read", "5"),
                kPerf);
  CHECK(stats_of(answer, "read").count() == 2);
  CHECK(stats_of(answer, "read").latency.count() == 0);
  CHECK(stats_of(answer, "lseek").latency.sum() == 7'000);
  CHECK(answer.stats.ledger.lost_enters == 2U);
}

TEST_CASE("clone comes back in the child, too", "[perftrace]") {
  for (const char* value : {"0", "0 (swapper)"}) {
    const LogAnswer answer =
        read_text(entered(100, 10, "clone(clone_flags: CHILD_CLEARTID)") + came_back(77, "clone", value) +
                      whole(120, 5, 77, "close(fd: 3)") + continued(100, 50, 10, "clone", "77 (ls)"),
                  kPerf);
    CHECK(stats_of(answer, "clone").count() == 1);
    CHECK(stats_of(answer, "clone").latency.sum() == 50'000);
    CHECK(answer.stats.ledger.child_returns == 1U);
    CHECK(answer.stats.ledger.began_before_attach == 0U);
  }
  // The clocks of two CPUs: it comes back after it has done more.
  const std::string backwards = head(ms(155), "18446744073708.906", 77, "ls");
  for (const char* value : {"0", ""}) {
    const LogAnswer late = read_text(entered(155, 77, "execve(filename: 0x1)") + backwards +
                                         " ... [continued]: clone())   = " + value + "\n" +
                                         continued(155, 50, 77, "execve", "0"),
                                     kPerf);
    CHECK(stats_of(late, "clone").count() == 0);
    CHECK(late.stats.ledger.child_returns == 1U);
    CHECK(stats_of(late, "execve").latency.sum() == 50'000);
    CHECK(warns(late, "1 durations were below 0"));
  }
  // Its parent's beginning was lost.
  const LogAnswer parents =
      read_text(whole(90, 5, 10, "close(fd: 3)") + came_back(10, "clone", "77 (ls)"), kPerf);
  CHECK(stats_of(parents, "clone").count() == 1);
  CHECK(parents.stats.ledger.child_returns == 0U);
}

TEST_CASE("threads of one process", "[perftrace]") {
  LogQuestion by_process = kPerf;
  by_process.by = GroupBy::process;
  const LogAnswer answer =
      read_text(came_back(10, "execve") + entered(100, 10, kThread) + came_back(11, "clone", "0") +
                    whole(120, 5, 11, "close(fd: 3)") + continued(100, 50, 10, "clone", "11 (ls)"),
                by_process);
  std::uint64_t closes = 0;
  for (const auto& [key, stats] : answer.snapshot.stats) {
    CHECK(key.subject.pid == 10);
    if (syscall_name(key.abi, key.number) == "close") closes += stats.count();
  }
  CHECK(closes == 1);
}

TEST_CASE("the end of rt_sigreturn is never printed", "[perftrace]") {
  const LogAnswer answer = read_text(entered(100, 10, "rt_sigreturn()") + whole(120, 5, 10, "close(fd: 3)") +
                                         entered(130, 10, "rt_sigreturn()") + entered(140, 10, "read(fd: 3)"),
                                     kPerf);
  CHECK(stats_of(answer, "rt_sigreturn").count() == 2);
  CHECK(stats_of(answer, "rt_sigreturn").untimed == 2);
  CHECK(stats_of(answer, "rt_sigreturn").error_count() == 0);
  CHECK(answer.stats.ledger.lost_exits == 0U);
  CHECK(answer.stats.ledger.in_flight == 1U);
}

// The thread was taken for another's until its parent's clone was heard of.
TEST_CASE("a beginning that is printed behind its end", "[perftrace]") {
  const std::string child = came_back(77, "vfork", "0", ":77") +
                            whole(100, 5, 77, "close(fd: 3)", "0", ":77") +
                            came_back(77, "execve", "0", "ld");
  const LogAnswer answer = read_text(
      child + entered(110, 77, "execve(filename: 0x1)", ":77") + whole(200, 5, 77, "brk()", "0x55"), kPerf);
  CHECK(stats_of(answer, "execve").count() == 1);
  CHECK(stats_of(answer, "execve").latency.count() == 0);
  CHECK(answer.stats.ledger.lost_enters == 0U);
  CHECK(answer.stats.ledger.lost_exits == 0U);
  // Another call of the same name.
  for (const std::string& next :
       {entered(110, 77, "execve(filename: 0x1)"), entered(110, 77, "read()", ":77"),
        whole(110, 5, 77, "brk()"), std::string()}) {
    const LogAnswer other = read_text(child + next, kPerf);
    CHECK(stats_of(other, "execve").count() == 1);
    CHECK(other.stats.ledger.lost_enters == 1U);
  }
}

TEST_CASE("execve of a thread that is not the leader comes back with the leader's times", "[perftrace]") {
  const std::string begun =
      entered(100, 10, "futex(uaddr: 0x7f)") + entered(140, 11, "execve(filename: 0x1)");
  const std::string back = continued(100, 90, 10, "execve", "0");
  const LogAnswer answer = read_text(begun + back + whole(200, 5, 10, "brk()"), kPerf);
  CHECK(stats_of(answer, "execve").count() == 1);
  CHECK(stats_of(answer, "execve").latency.sum() == 50'000);
  CHECK(stats_of(answer, "futex").killed_inside == 1);
  CHECK(answer.stats.ledger.in_flight == 0U);
  CHECK(answer.stats.ledger.lost_exits == 0U);
  // What another record interrupts may be printed behind that.
  const std::string leader = entered(100, 10, "futex(uaddr: 0x7f)");
  const std::string thread = entered(140, 11, "execve(filename: 0x1)");
  const LogAnswer behind = read_text(leader + back + thread + whole(200, 5, 10, "brk()"), kPerf);
  CHECK(stats_of(behind, "execve").latency.sum() == 50'000);
  CHECK(stats_of(behind, "futex").killed_inside == 1);
  CHECK(behind.stats.ledger.lost_enters == 0U);
  CHECK(behind.stats.ledger.in_flight == 0U);
  for (const std::string& next : {std::string(), whole(200, 5, 10, "brk()"), entered(140, 11, "read(fd: 3)"),
                                  entered(200, 10, "execve()")}) {
    const LogAnswer nobodys = read_text(leader + back + next, kPerf);
    CHECK(stats_of(nobodys, "execve").count() == 1);
    CHECK(stats_of(nobodys, "execve").latency.count() == 0);
    CHECK(nobodys.stats.ledger.lost_enters == 1U);
  }
  const LogAnswer no_leader = read_text(whole(90, 5, 10, "brk()") + back + thread, kPerf);
  CHECK(no_leader.stats.ledger.lost_enters == 1U);
  CHECK(no_leader.stats.ledger.in_flight == 1U);
  // A child that was seen to be cloned as a thread: its leader need not be in a call.
  const LogAnswer outside = read_text(
      entered(10, 10, kThread) + came_back(11, "clone") + continued(10, 50, 10, "clone", "11 (ls)") +
          whole(100, 5, 10, "close(fd: 3)") + entered(140, 11, "execve(filename: 0x1)") + back,
      kPerf);
  CHECK(stats_of(outside, "execve").latency.sum() == 50'000);
  // Another process that comes back from its own execve takes nobody's.
  const LogAnswer others =
      read_text(begun + came_back(12, "execve") + continued(140, 30, 11, "execve"), kPerf);
  CHECK(stats_of(others, "execve").count() == 2);
  CHECK(stats_of(others, "execve").latency.sum() == 30'000);
  CHECK(others.stats.ledger.no_return == 0U);
  const LogAnswer in_a_call = read_text(
      entered(90, 12, "read(fd: 3)") + begun + came_back(12, "execve") + continued(140, 30, 11, "execve"),
      kPerf);
  CHECK(stats_of(in_a_call, "execve").latency.sum() == 30'000);
}

TEST_CASE("threads inside a call when another one ends the process", "[perftrace]") {
  const std::string threads = entered(100, 10, kThread) + came_back(11, "clone", "0") +
                              continued(100, 50, 10, "clone", "11 (ls)") +
                              entered(160, 11, "futex(uaddr: 1)");
  const LogAnswer died = read_text(threads + last(170, 10, "exit_group()"), kPerf);
  CHECK(died.stats.ledger.no_return == 2U);
  CHECK(died.stats.ledger.in_flight == 0U);
  CHECK(stats_of(died, "futex").killed_inside == 1);
  // exit ends only its own thread.
  const LogAnswer alive = read_text(threads + last(170, 10, "exit()"), kPerf);
  CHECK(alive.stats.ledger.in_flight == 1U);
  const TempFolder folder;
  const LogAnswer two = read_logs({folder.file(threads + last(170, 10, "exit_group()"), "one"),
                                   folder.file(whole(100, 1, 11, "close(fd: 3)"), "two")},
                                  kPerf);
  check_adds_up(two);
  CHECK(two.stats.ledger.in_flight == 0U);
}

TEST_CASE("a child that was killed is known from its parent's wait4", "[perftrace]") {
  const std::string inside = whole(90, 5, 77, "close(fd: 3)") + entered(100, 77, "pause()");
  const std::string waits = "wait4(upid: 77 (ls)";
  const std::string killed = inside + whole(120, 30, 10, waits + ")", "77 (ls)");
  CHECK(stats_of(read_text(killed, kPerf), "pause").killed_inside == 1);
  const LogAnswer apart =
      read_text(inside + entered(120, 10, waits + ")") + whole(130, 5, 12, "close(fd: 3)") +
                    continued(120, 30, 10, "wait4", "77 (ls)"),
                kPerf);
  CHECK(stats_of(apart, "pause").killed_inside == 1);
  CHECK(apart.stats.ledger.in_flight == 0U);
  // It may have been stopped, or have gone on.
  for (const char* options : {"UNTRACED", "NOHANG|UNTRACED", "CONTINUED"}) {
    const LogAnswer stopped =
        read_text(inside + whole(120, 30, 10, waits + ", options: " + options + ")", "77 (ls)"), kPerf);
    CHECK(stats_of(stopped, "pause").killed_inside == 0);
    CHECK(stopped.stats.ledger.in_flight == 1U);
  }
  for (const char* value : {"", "0", "-1 ECHILD (No child processes)", "78"})
    CHECK(read_text(inside + whole(120, 30, 10, waits + ")", value), kPerf).stats.ledger.in_flight == 1U);
  // A tracer's wait: it goes on.
  const LogAnswer traced =
      read_text(killed + continued(100, 90, 77, "pause", "-1 EINTR (Interrupted)"), kPerf);
  CHECK(stats_of(traced, "pause").latency.sum() == 90'000);
  CHECK(traced.stats.ledger.no_return == 0U);
  // Its number is used again.
  const LogAnswer again =
      read_text(killed + came_back(77, "clone", "0") + whole(300, 5, 77, "close(fd: 3)"), kPerf);
  CHECK(stats_of(again, "pause").killed_inside == 1);
  CHECK(stats_of(again, "close").count() == 2);
  CHECK(again.stats.ledger.lost_exits == 0U);
  CHECK(again.stats.ledger.child_returns == 1U);
}

TEST_CASE("a call that a signal cut short", "[perftrace]") {
  const std::string cut =
      whole(100, 50, 77, "pause()", "-1 (unknown) (INTERNAL ERROR: strerror_r(514, [buf], 128)=22)");
  CHECK(stats_of(read_text(cut, kPerf), "pause").errors.at(514) == 1);
  CHECK(stats_of(read_text(cut + whole(160, 1, 77, "close(fd: 3)"), kPerf), "pause").latency.sum() == 50'000);
  const LogAnswer died = read_text(cut + whole(120, 40, 10, "wait4(upid: 77 (ls))", "77 (ls)"), kPerf);
  CHECK(stats_of(died, "pause").count() + stats_of(died, "pause").killed_inside == 1);
}

TEST_CASE("what perf trace has lost is told, and the first returns behind it have no duration",
          "[perftrace]") {
  const LogAnswer answer =
      read_text(whole(90, 5, 10, "close(fd: 3)") + entered(100, 11, "read(fd: 3)") + "LOST 1324 events!\n" +
                    whole(110, 50, 10, "close(fd: 3)") + whole(170, 7, 10, "close(fd: 3)") +
                    continued(100, 90, 11, "read", "1") + whole(200, 3, 11, "read(fd: 3)"),
                kPerf);
  CHECK(lost(answer, LossReason::tool_reported) == 1324U);
  CHECK(ignored(answer, "lost events") == 1);
  CHECK(stats_of(answer, "close").count() == 3);
  CHECK(stats_of(answer, "close").latency.count() == 2);
  CHECK(stats_of(answer, "close").latency.sum() == 12'000);
  CHECK(stats_of(answer, "read").count() == 2);
  CHECK(stats_of(answer, "read").latency.sum() == 3'000);
}
