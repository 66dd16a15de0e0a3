// What perf trace printed, read as a log: what is a line of it, and what is not.
#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "tests/unit/perf_trace_fixture.h"

using namespace latimer;
using namespace latimer::test;

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
