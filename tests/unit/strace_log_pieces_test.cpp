// Records that did not stay in one piece on their way into a log, and runs appended to each other.
#include "tests/unit/strace_log_fixture.h"

using namespace latimer;
using namespace latimer::test;

namespace {

std::uint64_t reads_ns(const LogAnswer& answer) { return stats_of(answer, "read").latency.sum(); }

}  // namespace

TEST_CASE("strace's messages are taken out of records", "[strace][log]") {
  const LogAnswer answer = read_text(
      "clone(child_stack=NULL, flags=SIGCHLDstrace: Process 18718 attached\n"
      ", child_tidptr=0x7f) = 18718 <0.000492>\n"
      "[pid 18709] clone(child_stack=NULL, flags=SIGCHLDProcess 18719 attached\n"
      "strace: Process 18720 attached with 4 threads\n"
      ", child_tidptr=0x7f) = 18719 <0.000008>\n"
      "[pid 18709] vfork(strace: Process 18721 attached\n"
      " <unfinished ...>\n"
      "[pid 18721] +++ exited with 0 +++\n"
      "[pid 18709] <... vfork resumed>) = 18721 <0.000100>\n"
      "strace: Process 18720 detached\n");
  CHECK(stats_of(answer, "clone").latency.sum() == 500'000);
  CHECK(count_of(answer, "vfork") == 1);
  CHECK(ignored(answer, "message") == 5);
  CHECK(rejected(answer) == 0);
  CHECK(answer.stats.ledger.complete());
}

TEST_CASE("a message that nothing follows leaves an open call", "[strace][log]") {
  const LogAnswer answer = read_text("close(1) = 0 <0.000001>\nwait4(-1, strace: Process 10884 attached\n");
  CHECK(answer.stats.ledger.in_flight == 1);
  CHECK(rejected(answer) == 0);
}

TEST_CASE("what a program prints does not tear records apart", "[strace][log]") {
  const LogAnswer answer = read_text(
      "write(1, \"vm\\n\", 3vm\n"
      ")                      = 3 <0.000011>\n"
      "write(1, \"no-newline\", 10no-newline)   = 10 <0.000013>\n"
      "close(3)                = 0 <0.000002>\n"
      "exit_group(0PackageKit\n"
      "X11\n"
      "adduser.conf\n"
      ")                           = ?\n"
      "+++ exited with 0 +++\n");
  CHECK(stats_of(answer, "write").latency.sum() == 24'000);
  CHECK(count_of(answer, "close") == 1);
  CHECK(answer.stats.ledger.no_return == 1);
  CHECK(rejected(answer) == 2);  // two lines are the program's own
  CHECK(ignored(answer, "continued") == 2);
}

TEST_CASE("what a program prints does no harm to later records", "[strace][log]") {
  const LogAnswer answer = read_text(
      "write(1, \"a(\\n\", 3a(\n"
      "[pid 10] close(3) = 0 <0.000002>\n"
      ") = 3 <0.000011>\n"
      "[pid 10] close(4) = 0 <0.000002>\n");
  CHECK(count_of(answer, "close") == 2);
  CHECK(answer.stats.ledger.lost_exits == 1);
  CHECK_FALSE(answer.stats.ledger.complete());
}

TEST_CASE("a record is waited for as long as its end can come", "[strace][log]") {
  const std::string begin = "close(3) = 0 <0.000002>\nwrite(1, \"...\", 4096";
  std::string prints;
  for (int i = 0; i < 1000; ++i) prints += "the program prints\n";
  const LogAnswer answer = read_text(begin + prints + ") = 4096 <0.000011>\n");
  CHECK(stats_of(answer, "write").latency.sum() == 11'000);
  // What looks like an end again and again is none: or every line would cost as much as all before it.
  std::string ends;
  for (int i = 0; i < 1000; ++i) ends += ") = no number\n";
  const LogAnswer given_up = read_text(begin + "\n" + ends + ") = 4096 <0.000011>\n");
  CHECK(count_of(given_up, "close") == 1);
  CHECK(given_up.stats.ledger.enters == 2);
}

TEST_CASE("a call that was held back gets the columns of what interrupted it", "[strace][log]") {
  const LogAnswer answer = read_text(
      "13511 futex(0xa5b8f8, FUTEX_WAKE_PRIVATE, 1 <unfinished ...>\n"
      ")                                       = 1 <0.000013>\n"
      "13511 close(3) = 0 <0.000001>\n"
      ")                                       = 1 <0.000013>\n",
      {.by = GroupBy::thread});
  CHECK(threads_of(answer, "futex") == std::vector<std::int32_t>{13511});
  CHECK(stats_of(answer, "futex").latency.sum() == 13'000);
  CHECK(rejected(answer) == 1);  // nothing was interrupted there
}

TEST_CASE("a line without a pid is the only task's", "[strace][log]") {
  const LogAnswer answer = read_text(
      "getpid() = 100 <0.000001>\n"
      "clone(child_stack=NULL, flags=SIGCHLDstrace: Process 101 attached\n"
      ") = 101 <0.000020>\n"
      "[pid 100] wait4(-1,  <unfinished ...>\n"
      "[pid 101] getpid() = 101 <0.000001>\n"
      "[pid 101] exit_group(0) = ?\n"
      "[pid 101] +++ exited with 0 +++\n"
      "<... wait4 resumed>NULL, 0, NULL) = 101 <0.004207>\n"
      "--- SIGCHLD {si_signo=SIGCHLD, si_pid=101} ---\n"
      "close(3) = 0 <0.000002>\n",
      {.by = GroupBy::thread});
  CHECK(threads_of(answer, "clone") == std::vector<std::int32_t>{0});  // nobody knew its id yet
  CHECK(threads_of(answer, "getpid") == std::vector<std::int32_t>{0, 101});
  CHECK(threads_of(answer, "wait4") == std::vector<std::int32_t>{100});
  CHECK(threads_of(answer, "close") == std::vector<std::int32_t>{100});
  CHECK(answer.stats.ledger.lost_enters == 0);
  CHECK(answer.stats.ledger.complete());
}

TEST_CASE("the first task's id becomes known in the middle of its call, with or without messages",
          "[strace][log]") {
  for (const char* message : {"strace: Process 101 attached\n", ""}) {
    INFO(message);
    const LogAnswer answer =
        read_text(std::string(message) +
                      "[pid 100] clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>\n"
                      "[pid 101] close(3) = 0 <0.000001>\n"
                      "[pid 100] <... clone resumed>) = 101 <0.000100>\n"
                      "[pid 101] +++ exited with 0 +++\n"
                      "close(4) = 0 <0.000001>\n",
                  {.by = GroupBy::thread});
    CHECK(threads_of(answer, "clone") == std::vector<std::int32_t>{100});
    CHECK(threads_of(answer, "close") == std::vector<std::int32_t>{100, 101});
    CHECK(answer.stats.ledger.complete());
  }
  // Unprefixed at first: the child is the one that nobody has heard of.
  const LogAnswer quiet = read_text(
      "clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>\n"
      "[pid 101] close(3) = 0 <0.000001>\n"
      "[pid 100] <... clone resumed>) = 101 <0.000100>\n"
      "[pid 100] getpid() = 100 <0.000001>\n",
      {.by = GroupBy::thread});
  CHECK(threads_of(quiet, "clone") == std::vector<std::int32_t>{100});
  CHECK(threads_of(quiet, "getpid") == std::vector<std::int32_t>{100});
  CHECK(threads_of(quiet, "close") == std::vector<std::int32_t>{101});
  CHECK(quiet.stats.ledger.complete());
}

TEST_CASE("a run that was appended begins anew", "[strace][log]") {
  const std::string first =
      "12345 execve(\"/bin/a\", [\"a\"], 0x7f /* 3 vars */) = 0 <0.000300>\n"
      "12345 read(3, \"\", 1) = 0 <0.000001>\n";
  const std::string open = "12345 read(0,  <unfinished ...>\n12346 close(1) = 0 <0.000001>\n";
  const std::string next =
      "12400 execve(\"/bin/true\", [\"true\"], 0x7f /* 3 vars */) = 0 <0.000301>\n"
      "12400 <... read resumed>\"\", 1) = 0 <0.000002>\n"
      "12400 read(3, \"\", 1) = 0 <0.000004>\n";
  SECTION("behind a line that was cut") {
    const LogAnswer answer = read_text(first + "12345 read(0, " + next);
    CHECK(answer.stats.log->runs == 2);
    CHECK(count_of(answer, "execve") == 2);
    CHECK(stats_of(answer, "execve").latency.sum() == 601'000);
    CHECK(reads_ns(answer) == 7'000);
    CHECK(answer.stats.ledger.in_flight == 1);
    CHECK(rejected(answer) == 0);
  }
  SECTION("behind one that was cut in its columns") {
    const LogAnswer answer = read_text(first + "12345 " + next);
    CHECK(answer.stats.log->runs == 2);
    CHECK(count_of(answer, "execve") == 2);
  }
  SECTION("of the same process id, in the middle of a call") {
    const LogAnswer answer = read_text(first + "12345 read(0,  <unfinished ...>\n" + first);
    CHECK(answer.stats.log->runs == 2);
    CHECK(answer.stats.ledger.in_flight == 1);
    CHECK(answer.stats.ledger.lost_exits == 0);
  }
  SECTION("after all have ended") {
    const LogAnswer answer = read_text(first + "12345 +++ exited with 0 +++\n" + first);
    CHECK(answer.stats.log->runs == 2);
    CHECK(answer.stats.ledger.complete());
  }
  SECTION("with other columns") {
    const LogAnswer answer =
        read_text(first + open +
                  "1795216342.373264 execve(\"/bin/true\", [\"true\"], 0x7f /* 3 vars */) = 0 <0.000301>\n" +
                  "1795216342.373300 read(3, \"\", 1) = 0 <0.000005>\n");
    CHECK(answer.stats.log->runs == 2);
    CHECK(reads_ns(answer) == 6'000);
    CHECK(rejected(answer) == 0);
    CHECK_FALSE(answer.stats.log->span_ns);  // of two clocks that have nothing in common
  }
}

TEST_CASE("executing a program is no new run", "[strace][log]") {
  const LogAnswer answer = read_text(
      "12345 execve(\"/bin/sh\", [\"sh\"], 0x7f /* 3 vars */) = 0 <0.000300>\n"
      "12345 execve(\"/bin/a\", [\"a\"], 0x7f /* 3 vars */) = -1 ENOENT (No such file or directory) "
      "<0.000300>\n"
      "12345 execve(\"/bin/b\", [\"b\"], 0x7f /* 3 vars */) = 0 <0.000300>\n"
      "12345 clone(child_stack=NULL, flags=SIGCHLD) = 12346 <0.000100>\n"
      "12346 execve(\"/bin/c\", [\"c\"], 0x7f /* 3 vars */) = 0 <0.000300>\n");
  CHECK(answer.stats.log->runs == 1);
  CHECK(count_of(answer, "execve") == 4);
}

TEST_CASE("a thread's execve goes on as its process's leader, with and without the line that says so",
          "[strace][log]") {
  for (const char* superseded : {"100 +++ superseded by execve in pid 101 +++\n", ""}) {
    INFO(superseded);
    const LogAnswer answer =
        read_text(std::string("100 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_THREAD) = 101 <0.000020>\n"
                              "101 execve(\"/bin/sh\", [\"sh\"], 0x7f /* 3 vars */ <unfinished ...>\n"
                              "100 futex(0x1, FUTEX_WAIT, 1, NULL <unfinished ...>\n"
                              "100 <... futex resumed>) = ?\n") +
                      superseded + "100 <... execve resumed>) = 0 <0.000463>\n",
                  {.by = GroupBy::thread});
    CHECK(threads_of(answer, "execve") == std::vector<std::int32_t>{100});
    CHECK(stats_of(answer, "execve").latency.sum() == 463'000);
    CHECK(answer.stats.ledger.in_flight == 0);
    CHECK(answer.stats.ledger.lost_enters == 0);
    CHECK(answer.stats.log->runs == 1);
  }
}

TEST_CASE("the second task may come long after the first", "[strace][log]") {
  std::string text;
  for (int i = 0; i < 2'000; ++i) text += "close(1234567890) = -1 EBADF (Bad file descriptor) <0.000001>\n";
  text +=
      "clone(child_stack=NULL, flags=SIGCHLDstrace: Process 201 attached\n) = 201 <0.000100>\n"
      "[pid 201] getpid() = 201 <0.000001>\n[pid 200] wait4(-1,  <unfinished ...>\n"
      "[pid 201] +++ exited with 0 +++\n<... wait4 resumed>NULL, 0, NULL) = 201 <0.000200>\n";
  const LogAnswer answer = read_text(text, {.by = GroupBy::thread});
  check_adds_up(answer);
  CHECK(answer.stats.ledger.lines->rejected.empty());
  CHECK(answer.stats.ledger.complete());
  CHECK(threads_of(answer, "getpid") == std::vector<std::int32_t>{201});
  CHECK(threads_of(answer, "wait4") == std::vector<std::int32_t>{200});
  CHECK(answer.stats.log->runs == 1);
}

TEST_CASE("whom lines without [pid N] are about while a child is not traced yet", "[strace][log]") {
  const LogAnswer answer = read_text(
      "[pid 200] getpid()    = 200 <0.000003>\n"
      "[pid 100] read(3,  <unfinished ...>\n"
      "[pid 200] +++ exited with 0 +++\n"
      "<... read resumed>\"\", 4096) = 0 <0.000134>\n"
      "clone(child_stack=NULL, flags=SIGCHLD, child_tidptr=0x7f) = 201 <0.000137>\n"
      "rt_sigprocmask(SIG_SETMASK, [], strace: Process 201 attached\n"
      " <unfinished ...>\n"
      "[pid 201] getpid( <unfinished ...>\n"
      "[pid 100] <... rt_sigprocmask resumed>NULL, 8) = 0 <0.000044>\n",
      {.by = GroupBy::thread});
  check_adds_up(answer);
  CHECK(answer.stats.ledger.complete());
  for (const char* call : {"read", "clone", "rt_sigprocmask"})
    CHECK(threads_of(answer, call) == std::vector<std::int32_t>{100});
  CHECK(answer.stats.ledger.in_flight == 1);
}

TEST_CASE("a program that is executed by another is no other run", "[strace][log]") {
  // env -> python: the first task's id is known by then, and others have been made.
  const LogAnswer answer = read_text(
      "execve(\"/usr/bin/env\", [\"env\"], 0x7f /* 1 var */) = 0 <0.000001>\n"
      "clone(child_stack=NULL, flags=SIGCHLD, child_tidptr=0x7fstrace: Process 201 attached\n) = 201 "
      "<0.000137>\n"
      "[pid 201] getpid() = 201 <0.000003>\n[pid 200] getpid() = 200 <0.000003>\n"
      "[pid 201] +++ exited with 0 +++\n"
      "execve(\"/usr/bin/python3\", [\"python3\"], 0x7f /* 1 var */) = 0 <0.000001>\n"
      "+++ exited with 0 +++\n");
  check_adds_up(answer);
  CHECK(answer.stats.log->runs == 1);
}

TEST_CASE("a run whose first line is hidden in another is read from its third line on", "[strace][log]") {
  std::string text;
  for (int i = 0; i < 10; ++i) text += "close(1) = 0 <0.000001>\n";
  const LogAnswer answer = read_text(
      text +
          "access(\"/x\", F_OK) = -1 ENOENT (No such18196 execve(\"/a\", [\"a\"], 0x7f /* 1 var */) = 0 "
          "<0.000235>\n"
          "18196 brk(NULL) = 0x55 <0.000003>\n18196 brk(NULL) = 0x55 <0.000003>\n"
          "18196 dup(1) = 3 <0.000003>\n18196 dup(1) = 4 <0.000003>\n18196 +++ exited with 0 +++\n",
      {.by = GroupBy::thread});
  check_adds_up(answer);
  CHECK(count_of(answer, "dup") == 2);
  CHECK(threads_of(answer, "dup") == std::vector<std::int32_t>{18196});
  CHECK(answer.stats.ledger.lines->rejected.begin()->second == 2);
  CHECK(answer.stats.log->runs == 2);
}

TEST_CASE("a run with other columns behind a line that was cut off", "[strace][log]") {
  const std::string next = "execve(\"/bin/ls\", [\"ls\"], 0x7f /* 1 var */) = 0 <0.000001>\n";
  for (const char* columns : {"", "1795216340.500000 ", "9999  1795216340.500000 ", "9999  "}) {
    INFO(columns);
    const std::string first = "10:00:00.500000 close(1) = 0 <0.000001>\n";
    const LogAnswer answer = read_text(first + first + first + "10:00:00.600000 write(1, \"abc\", " +
                                       columns + next + columns + "close(2) = 0 <0.000001>\n");
    check_adds_up(answer);
    CHECK(count_of(answer, "close") == 4);
    CHECK(count_of(answer, "execve") == 1);
    CHECK(answer.stats.log->runs == 2);
    CHECK(answer.stats.ledger.in_flight == 1);  // or "cut off"
  }
}
