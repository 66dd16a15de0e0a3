// What perf trace printed, read as a log.
#include <catch2/catch.hpp>
#include <cstdio>
#include <set>
#include <string>

#include "backends/perftrace/file_source.h"
#include "tests/unit/strace_log_fixture.h"

using namespace latimer;
using namespace latimer::test;

namespace {

const LogQuestion kPerf{.open = perftrace::FileSource::open};

std::string head(const std::string& start, const std::string& duration, int tid, const std::string& comm) {
  std::string text(10 - std::min<std::size_t>(10, start.size()), ' ');
  text += start + " (" + (duration.empty() ? "         " : duration + " ms") + "): ";
  return text + comm + "/" + std::to_string(tid) + " ";
}
std::string ms(int us) {
  char text[32];
  std::snprintf(text, sizeof text, "%6.3f", us / 1000.0);
  return text;
}

// Times in microseconds.
std::string whole(int start, int took, int tid, const std::string& call, const std::string& value = "0",
                  const std::string& comm = "ls") {
  return head(ms(start), ms(took), tid, comm) + call + "        = " + value + "\n";
}
std::string entered(int start, int tid, const std::string& call, const std::string& comm = "ls") {
  return head(ms(start), "", tid, comm) + call + "        ...\n";
}
std::string continued(int start, int took, int tid, const std::string& name, const std::string& value = "0") {
  return head(ms(start), ms(took), tid, "ls") + " ... [continued]: " + name + "())    = " + value + "\n";
}
// perf does not know when it began.
std::string came_back(int tid, const std::string& name, const std::string& value = "0",
                      const std::string& comm = "ls") {
  return head("?", "", tid, comm) + " ... [continued]: " + name + "())    = " + value + "\n";
}
std::string last(int start, int tid, const std::string& call) {
  return head(ms(start), "", tid, "ls") + call + "     = ?\n";
}

std::uint64_t lost(const LogAnswer& answer, LossReason reason) {
  return answer.stats.ledger.lost[static_cast<std::size_t>(reason)].value_or(0);
}

constexpr const char* kThread = "clone(clone_flags: VM|FS|FILES|SIGHAND|THREAD|SYSVSEM, newsp: 0x7f)";

}  // namespace

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

TEST_CASE("records in several lines", "[perftrace]") {
  const std::string fine = whole(300, 5, 10, "close(fd: 3)");
  std::string begin;  // enough to tell what it is
  for (int start = 0; start < 20; ++start) begin += whole(start, 1, 9, "brk()");
  const std::string path = "read(fd: 16</tmp/we<ird>\"pa,th)\n = 3\n\n>, count: 5)";
  const LogAnswer answer = read_text(begin + whole(100, 7, 10, path, "5") + fine, kPerf);
  CHECK(stats_of(answer, "read").count() == 1);
  CHECK(stats_of(answer, "read").latency.sum() == 7'000);
  CHECK(answer.stats.ledger.lines->records == 22);
  CHECK(ignored(answer, "part of a record") == 3);
  CHECK(answer.stats.ledger.lines->total == 25);
  LogQuestion by_name = kPerf;
  by_name.by = GroupBy::comm;
  const LogAnswer named = read_text(begin + whole(100, 7, 10, "read(fd: 3)", "5", "two\nlines"), by_name);
  REQUIRE(named.snapshot.stats.size() == 2);
  CHECK(stats_of(named, "read").latency.sum() == 7'000);
  std::set<std::string> names;
  for (const auto& [key, stats] : named.snapshot.stats) names.insert(key.subject.name);
  CHECK(names == std::set<std::string>{"ls", "two\nlines"});

  // One that never ends costs nobody else anything.
  const std::string open = head(ms(100), ms(7), 10, "ls") + "read(fd: 16</tmp/x)\n";
  const std::string fault = head(ms(120), " 0.000", 10, "ls") + "minfault [x+0x28] => 0x7fffd700d9c9 (?k)\n";
  for (const std::string& next :
       {fine, open + fine, fault + fine, "LOST 3 events!\n" + fine, "x\ny\n" + fine,
        whole(120, 5, 10, "read()", "-1 EFROBNICATE (x)") + fine,
        std::string("a\nb\nc\nd\ne\nf\ng\nh\ni\n") + fine, std::string(100'000, 'x') + "\n" + fine}) {
    INFO(next.substr(0, 200));
    const LogAnswer cut = read_text(begin + open + next, kPerf);
    CHECK(stats_of(cut, "read").count() == 0);
    CHECK(stats_of(cut, "close").count() == 1);
    CHECK(rejected(cut) >= 1);
    const auto lines = static_cast<std::uint64_t>(std::count(next.begin(), next.end(), '\n'));
    CHECK(cut.stats.ledger.lines->total == lines + 21);
  }
  // A bad one that follows is another one.
  const std::string bad = whole(120, 5, 10, "read()", "-1 EFROBNICATE (x)");
  CHECK(rejected(read_text(begin + open + bad + fine, kPerf)) == 2);
  CHECK(perftrace::text_kind(fine + bad + bad) == perftrace::TextKind::trace);
  // At the end of a log.
  const TempFolder folder;
  const LogAnswer two =
      read_logs({folder.file(fine + open, "one"), folder.file(" = 3\n" + fine + fine, "two")}, kPerf);
  check_adds_up(two);
  CHECK(stats_of(two, "close").count() == 3);
  CHECK(stats_of(two, "read").count() == 0);
  CHECK(two.stats.ledger.lines->total == 5);
}

TEST_CASE("the last line without its end is not believed", "[perftrace]") {
  const std::string first = whole(80, 5, 10, "close(fd: 3)") + whole(90, 5, 10, "close(fd: 3)");
  const std::string cut = whole(100, 7, 10, "read(fd: 3)", "1234");
  for (std::size_t left = 1; left < cut.size(); ++left) {
    INFO(cut.substr(0, left));
    const LogAnswer answer = read_text(first + cut.substr(0, left), kPerf);
    CHECK(answer.stats.ledger.completed == 2U);
    CHECK(answer.stats.ledger.lines->total == 3);
    // Blanks alone are a blank line.
    CHECK(rejected(answer) == (cut.substr(0, left).find_first_not_of(' ') == std::string::npos ? 0 : 1));
  }
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

TEST_CASE("names that are no call's", "[perftrace]") {
  const LogAnswer answer =
      read_text(whole(90, 5, 10, "close(fd: 3)") + whole(100, 5, 10, "frobnicate(fd: 3)"), kPerf);
  CHECK(rejected(answer) == 1);
  CHECK(answer.stats.ledger.lines->rejected.contains("no such call"));
  LogQuestion question = kPerf;
  question.filter = *SyscallFilter::parse("close");
  const LogAnswer chosen =
      read_text(whole(90, 5, 10, "close(fd: 3)") + whole(100, 5, 10, "read(fd: 3)"), question);
  CHECK(chosen.snapshot.stats.size() == 1);
  CHECK(ignored(chosen, "not selected") == 1);
}

TEST_CASE("a log without tasks is one thread's", "[perftrace]") {
  const std::string begun = "     0.100 (         ): read(fd: 3)         ...\n";
  const LogAnswer answer = read_text(begun +
                                         "     0.100 ( 0.050 ms):  ... [continued]: read())     = 5\n"
                                         "     0.200 ( 0.003 ms): close(fd: 3)         = 0\n",
                                     kPerf);
  CHECK(stats_of(answer, "read").latency.sum() == 50'000);
  CHECK(stats_of(answer, "close").count() == 1);
}

TEST_CASE("other lines of perf trace", "[perftrace]") {
  const std::string fault = head(ms(120), " 0.000", 10, "ls") + "minfault [x+0x28] => 0x7fffd700d9c9 (?k)\n";
  const LogAnswer faults = read_text(fault + fault, kPerf);
  REQUIRE_FALSE(faults.error);
  CHECK(ignored(faults, "page fault") == 2);
  CHECK(warns(faults, "no system calls"));
  // Most lines of a log with stacks are those.
  const std::string stack = std::string(39, ' ') + "brk (/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2)\n";
  const LogAnswer stacks = read_text(whole(90, 5, 10, "brk()") + stack + stack + stack, kPerf);
  REQUIRE_FALSE(stacks.error);
  CHECK(ignored(stacks, "stack") == 3);
  CHECK(stats_of(stacks, "brk").count() == 1);
  const LogAnswer table = read_text(whole(90, 5, 10, "brk()") +
                                        "\n Summary of events:\n\n ls (10), 2 events, 6.5%\n\n"
                                        "   syscall            calls  errors  total       min       avg\n"
                                        "   brk                    1      0     0.005     0.005     4.42%\n",
                                    kPerf);
  CHECK(ignored(table, "summary") == 4);
  CHECK(ignored(table, "blank") == 3);
  CHECK(rejected(table) == 0);
}

TEST_CASE("lines of perf's that end in CR LF", "[perftrace]") {
  std::string text = whole(90, 5, 10, "close(fd: 3)") + entered(100, 10, "read(fd: 3)") +
                     continued(100, 50, 10, "read", "7") + whole(200, 5, 10, "getpid()", "");
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) text.insert(at, 1, '\r');
  const LogAnswer answer = read_text(text, kPerf);
  CHECK(stats_of(answer, "read").latency.sum() == 50'000);
  CHECK(stats_of(answer, "getpid").count() == 1);
  CHECK(rejected(answer) == 0);
}

TEST_CASE("perf's two texts are not read as one", "[perftrace]") {
  const std::string script = "ls 10 [000]     5.000100:  raw_syscalls:sys_exit: NR 3 = 0\n";
  const std::string trace = whole(90, 5, 10, "close(fd: 3)");
  const TempFolder folder;
  const std::string one = folder.file(trace, "one"), two = folder.file(script, "two");
  for (const auto& inputs : {std::vector{one, two}, std::vector{two, one}}) {
    const LogAnswer answer = read_logs(inputs, kPerf);
    REQUIRE(answer.error);
    CHECK(answer.error->message.find("perf trace") != std::string::npos);
    CHECK(answer.error->message.find("perf script") != std::string::npos);
    CHECK(answer.error->hint == "read them one by one");
  }
  CHECK(perftrace::text_kind(trace + script + trace) == perftrace::TextKind::trace);
  CHECK(perftrace::text_kind(trace + script) == perftrace::TextKind::other);
  CHECK(perftrace::text_kind("7 write(2, \"" + trace + "7 close(3) = 0\n") == perftrace::TextKind::other);
  const LogAnswer both = read_logs({one, one, folder.file("", "empty")}, kPerf);
  REQUIRE_FALSE(both.error);
  CHECK(stats_of(both, "close").count() == 2);
}

TEST_CASE("a table alone is no log", "[perftrace]") {
  const TempFolder folder;
  const std::string table =
      "\n Summary of events:\n\n true (27430), 58 events, 90.6%\n\n"
      "   syscall            calls  errors  total       min       avg       max       stddev\n"
      "   mmap                   8      0     0.188     0.015     0.023     0.030      6.83%\n";
  for (auto* open : {&perftrace::FileSource::open, &strace::LogSource::open}) {
    LogQuestion question;
    question.open = open;
    const LogAnswer answer = read_logs({folder.file(table, "log")}, question);
    REQUIRE(answer.error);
    CHECK(answer.error->message.find("the table of perf trace -s") != std::string::npos);
    CHECK(answer.error->hint.find("perf trace -S") != std::string::npos);
  }
  // A line of perf's among others makes none.
  const LogAnswer prose =
      read_logs({folder.file("hello\nworld\nagain\n" + whole(90, 5, 10, "close(fd: 3)"), "prose")}, kPerf);
  REQUIRE(prose.error);
  CHECK(prose.error->message.find("begins with 'hello'") != std::string::npos);
}
