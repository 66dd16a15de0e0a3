#include "backends/strace/line.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "backends/strace/scan.h"
#include "core/model/errno_table.h"

using namespace latimer;
using namespace latimer::strace;
using namespace std::literals;

namespace {

constexpr Layout kFull{PidColumn::plain, TimeColumn::epoch, false, true};
constexpr Layout kPlain{PidColumn::plain, TimeColumn::none};
constexpr Layout kTimed{PidColumn::plain, TimeColumn::epoch};
constexpr Layout kBare{PidColumn::none, TimeColumn::none};

Record record_of(const std::string& line, const Layout& layout = kPlain) {
  static std::vector<std::string> kept;  // the record's views point into it
  kept.push_back(line);
  const Parsed parsed = parse_line(kept.back(), layout);
  INFO(line);
  if (const auto* rejected = std::get_if<Rejected>(&parsed))
    FAIL("rejected: " << rejected->reason << " at " << rejected->column);
  REQUIRE(std::holds_alternative<Record>(parsed));
  return std::get<Record>(parsed);
}

std::string rejected_of(const std::string& line, const Layout& layout = kPlain) {
  const Parsed parsed = parse_line(line, layout);
  const auto* rejected = std::get_if<Rejected>(&parsed);
  return rejected != nullptr ? std::string(rejected->reason) : "";
}

}  // namespace

TEST_CASE("a duration ends with its bracket", "[strace][line]") {
  const Record r = record_of("1 f() = -1 EFOO (took <0.000012)");
  CHECK_FALSE(r.duration_ns);
  CHECK(r.error_name == "EFOO");
  CHECK(rejected_of("1 f() = 3 <0.000012)") == "bad duration");
  CHECK(rejected_of("1 f() = 3 <0.000012 ") == "bad duration");
}

TEST_CASE("a call with all of Latimer's columns", "[strace][line]") {
  const Record r = record_of("23968 1795227296.730639738 [ 110] getppid() = 23965 <0.000005755>", kFull);
  CHECK(r.kind == RecordKind::call);
  CHECK(r.outcome == Outcome::returned);
  CHECK(r.tid == 23968);
  CHECK(r.time_ns == 1795227296730639738);
  CHECK(r.number == 110);
  CHECK(r.name == "getppid");
  CHECK(r.args.empty());
  CHECK(r.value == 23965);
  CHECK(r.duration_ns == 5755);
}

TEST_CASE("columns of other strace versions and options", "[strace][line]") {
  CHECK(record_of("4     wait4(-1, NULL) = 3").tid == 4);
  const Record us = record_of("55 1795216342.373264 close(3) = 0 <0.000012>", kTimed);
  CHECK(us.time_ns == 1795216342373264000);
  CHECK(us.duration_ns == 12000);
  CHECK(record_of("55 1795216342 close(3) = 0 <2>", kTimed).duration_ns == 2'000'000'000);
  const Record named = record_of("4<we ird\\76)> exit_group(0) = ?", kPlain);
  CHECK(named.tid == 4);
  CHECK(named.comm == "we ird\\76)");
  CHECK(record_of("close(3) = 0", kBare).tid == 0);
  const Record odd =
      record_of("7 1.5 [???] syscall_0xffffffffffffffff(0x1) = -1 ENOSYS (Function not implemented)", kFull);
  CHECK(odd.name == "syscall_0xffffffffffffffff");
  CHECK_FALSE(odd.number.has_value());
}

TEST_CASE("every form of a successful value", "[strace][line]") {
  const auto value = [](const std::string& text) {
    const Record r = record_of("1 f(x) = " + text + " <0.000010>");
    CHECK(r.outcome == Outcome::returned);
    CHECK(r.error == 0);
    CHECK(r.duration_ns == 10000);
    return r.value;
  };
  CHECK(value("0") == 0);
  CHECK(value("0x7f9a8f09c000") == 0x7f9a8f09c000);
  CHECK(value("022") == 18);
  CHECK(value("000") == 0);
  CHECK(value("0x1 (flags FD_CLOEXEC)") == 1);
  CHECK(value("1 ([{fd=3, revents=POLLIN}])") == 1);
  CHECK(value("0 (Timeout)") == 0);
  CHECK(value("1 (in [3], left {tv_sec=4, tv_nsec=999999100})") == 1);
  CHECK(value("6</etc/passwd>") == 6);
  CHECK(value("9<TCP:[127.0.0.1:60143->127.0.0.1:44522]>") == 9);
  CHECK(value("20</memfd:memname>(deleted)") == 20);
  CHECK(value("5</dev/tty<char 5:0>>") == 5);
  CHECK(value("4<UNIX-STREAM:[1->2,\"/a->]>\\\" b\"]>") == 4);
  CHECK(value("2<sh> /* 11586 in strace's PID NS */") == 2);
  CHECK(value("18446744073709551611 (INJECTED)") == -5);
  CHECK(value("-1") == -1);  // ptrace PEEK: a value, not an error
  CHECK(value("0 (INJECTED) (DELAYED)") == 0);
  CHECK(value("9223372036854775807") == INT64_MAX);
  CHECK_FALSE(value("99999999999999999999999").has_value());
  CHECK_FALSE(value("0xffffffffffffffffffff").has_value());
  CHECK_FALSE(value("-99999999999999999999").has_value());
  CHECK(record_of("1 f() = 0 (INJECTED: args, retval)").injected);
}

TEST_CASE("errors", "[strace][line]") {
  const Record enoent = record_of("1 open(\"x\") = -1 ENOENT (No such file or directory) <0.000020>");
  CHECK(enoent.outcome == Outcome::failed);
  CHECK(enoent.error == 2);
  CHECK(enoent.error_name == "ENOENT");
  CHECK(enoent.duration_ns == 20000);
  CHECK(record_of("1 a() = -1 EAGAIN (Resource (temporarily) unavailable = -1) <0.1>").error == 11);
  CHECK(record_of("1 write() = -1 ENOTSUPP (Unknown error 524) (INJECTED) <0.000006>").error == 524);
  CHECK(record_of("1 a(1) = -1 (errno 4000) <0.000001>").error == 4000);
  const Record unknown = record_of("1 a(1) = -1 EFOO (Foo happened) <0.000001>");
  CHECK(unknown.outcome == Outcome::failed);
  CHECK(unknown.error == 0);
  CHECK(unknown.error_name == "EFOO");
}

TEST_CASE("calls that do not return a value", "[strace][line]") {
  const auto restart = [](const std::string& text) {
    const Record r = record_of("1 poll() = ? " + text + " <0.5>");
    CHECK(r.outcome == Outcome::restart);
    CHECK(r.duration_ns == 500'000'000);
    return r.error;
  };
  CHECK(restart("ERESTARTSYS (To be restarted if SA_RESTART is set)") == kErestartsys);
  CHECK(restart("ERESTARTNOINTR (To be restarted)") == kErestartnointr);
  CHECK(restart("ERESTARTNOHAND (To be restarted if no handler)") == kErestartnohand);
  CHECK(restart("ERESTART_RESTARTBLOCK (Interrupted by signal)") == kErestartRestartblock);
  CHECK(record_of("1 exit_group(0)                     = ?").outcome == Outcome::never);
  const Record unavailable = record_of("1 close(3) = ? <unavailable>");
  CHECK(unavailable.outcome == Outcome::unavailable);
  CHECK_FALSE(unavailable.duration_ns.has_value());
  CHECK(record_of("1 clock_nanosleep(CLOCK_REALTIME, 0, {...},  <unfinished ...>) = ?").outcome ==
        Outcome::never);
  CHECK(record_of("1 <... clock_nanosleep resumed> <unfinished ...>) = ?").outcome == Outcome::never);
}

TEST_CASE("calls in two pieces", "[strace][line]") {
  const Record first = record_of("27621 1795227696.767123013 [  61] wait4(-1,  <unfinished ...>", kFull);
  CHECK(first.kind == RecordKind::entered);
  CHECK(first.args == "wait4(-1, "sv.substr(6));
  CHECK(first.number == 61);
  const Record second = record_of(
      "27621 1795227696.767504259 [  61] <... wait4 resumed>NULL, 0, NULL) = 27628 <0.000040033>", kFull);
  CHECK(second.kind == RecordKind::resumed);
  CHECK(second.name == "wait4");
  CHECK(second.args == "NULL, 0, NULL");
  CHECK(second.value == 27628);
  CHECK(record_of("1 <... futex resumed>)              = ?").outcome == Outcome::never);
  CHECK(record_of("1 <... ??? resumed>) = ?").name == "???");
  CHECK(record_of("1 ??"
                  "?( <unfinished ...>")
            .name == "???");
  CHECK(record_of("1 wait4(-1,  <unfinished ...>").kind == RecordKind::entered);
  CHECK(record_of(
            "1 <... wait4 resumed>[{WIFSIGNALED(s) && WTERMSIG(s) == SIGSEGV}], 0, NULL) = 10884 <0.004207>")
            .value == 10884);
  const Record detached = record_of("1 read(3,  <detached ...>");
  CHECK(detached.kind == RecordKind::entered);
  CHECK(detached.detached);
  const Record again = record_of("1 restart_syscall(<... resuming interrupted read ...> <unfinished ...>");
  CHECK(again.kind == RecordKind::entered);
  CHECK(again.name == "restart_syscall");
  CHECK(record_of("1 restart_syscall(<... resuming interrupted poll ...>) = 0 <1.5>").value == 0);
}

TEST_CASE("strings, comments, annotations and brackets hide what looks like an end", "[strace][line]") {
  const auto check = [](const std::string& args) {
    const Record r = record_of("1 f(" + args + ") = 19 <0.000012>");
    CHECK(r.kind == RecordKind::call);
    CHECK(r.args == args);
    CHECK(r.value == 19);
    CHECK(r.duration_ns == 12000);
  };
  check(R"(1, "a) = -1 EPERM <0.5>", 19)");
  check(R"(1, "\") = 5", 9)");
  check(R"(1, "\\", 9)");
  check(R"(1, "<... read resumed>) = 3", 9)");
  check(R"(1, " <unfinished ...>", 9)");
  check(R"(1, "+++ exited with 0 +++", 9)");
  check("3</tmp/lab/a)b>, {a=[1, (2)]}, /* ) = 3 */ 0x1");
  check("4</tmp/x/6 --- SIGCHLD {..} --->, 1");
  check("1<<CAP_CHOWN|1<<CAP_KILL, 21<<MAP_HUGE_SHIFT");
  check("AT_FDCWD</tmp>, \"x\"");
  check("16</dev/null<char 1:3>>, 7<TCP:[127.0.0.1:60143->127.0.0.1:44522]>");
  check(R"(13<UNIX-STREAM:[33998,"/tmp/a->b].sock"]>, 1)");
  check("~[RTMIN RT_1], [{WIFEXITED(s) && WEXITSTATUS(s) == 0}], \"\"..., makedev(0x1, 0x3)");
  CHECK(record_of("1 write(1, \"+++ killed by SIGKILL +++\", 9 <unfinished ...>").kind ==
        RecordKind::entered);
}

TEST_CASE("events that are no calls", "[strace][line]") {
  const Record chld =
      record_of("1 1.0 [  58] --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=2} ---", kFull);
  CHECK(chld.kind == RecordKind::signal);
  CHECK(chld.other == 17);
  CHECK(record_of("1 --- SIGRT_2 {si_signo=SIGRT_2} ---").other == 34);
  CHECK(record_of("1 --- SIGCHLD ---").other == 17);
  const Record stop = record_of("1 --- stopped by SIGSTOP ---");
  CHECK(stop.kind == RecordKind::stopped);
  CHECK(stop.other == 19);
  CHECK(record_of("1 +++ exited with 7 +++").other == 7);
  const Record killed = record_of("1 +++ killed by SIGABRT (core dumped) +++");
  CHECK(killed.kind == RecordKind::killed);
  CHECK(killed.other == 6);
  CHECK(killed.core_dumped);
  const Record superseded = record_of("13504 +++ superseded by execve in pid 13507 +++");
  CHECK(superseded.kind == RecordKind::superseded);
  CHECK(superseded.other == 13507);
  const Record mode = record_of("23973 1.0 [  64] [ Process PID=23973 runs in 32 bit mode. ]", kFull);
  CHECK(mode.kind == RecordKind::personality);
  CHECK(mode.mode == "32 bit");
  CHECK(record_of("23973 1.0 [ Process PID=23973 runs in x32 mode. ]", kFull).mode == "x32");
}

TEST_CASE("signal numbers", "[strace][line]") {
  CHECK(signal_number("SIGHUP") == 1);
  CHECK(signal_number("SIGKILL") == 9);
  CHECK(signal_number("SIGSYS") == 31);
  CHECK(signal_number("SIGRT_32") == 64);
  CHECK(signal_number("SIGNOTHING") == 0);
  CHECK(signal_number("KILL") == 0);
  CHECK(signal_number("SIG") == 0);
}

TEST_CASE("lines that are no records are ignored by kind", "[strace][line]") {
  const auto kind = [](const std::string& line) {
    const Parsed parsed = parse_line(line, kFull);
    const auto* ignored = std::get_if<Ignored>(&parsed);
    return ignored != nullptr ? std::string(ignored->kind) : "";
  };
  CHECK(kind("") == "blank");
  CHECK(kind("   \t") == "blank");
  CHECK(kind("\r") == "blank");
  CHECK(kind(" > /usr/lib/libc.so.6(__write+0x10) [0xf8350]") == "stack");
  CHECK(kind(" | 00000  76 6d 0a      vm.  |") == "dump");
  CHECK(kind("strace: Process 10883 attached") == "message");
  CHECK(kind("% time     seconds  usecs/call     calls    errors syscall") == "summary");
}

TEST_CASE("broken lines are rejected with a reason", "[strace][line]") {
  CHECK(rejected_of("1 write(1, \"hello wor") == "no end of the arguments");
  CHECK(rejected_of("1 read(3, ") == "no end of the arguments");
  CHECK(rejected_of("1 read(3, \"abc\\") == "no end of the arguments");
  CHECK(rejected_of("1 close(3)") == "no result");
  CHECK(rejected_of("1 close(3)= 0") == "no result");
  CHECK(rejected_of("1 close(3) = ") == "no result");
  CHECK(rejected_of("1 close(3) = x") == "no result");
  CHECK(rejected_of("1 close(3) = ?x") == "unknown result");
  CHECK(rejected_of("1 close(3) = 3</tmp/x") == "no end of the annotation");
  CHECK(rejected_of("1 close(3) = 0 <0,000123>") == "bad duration");
  CHECK(rejected_of("1 close(3) = 0 <0.0000000000001>") == "bad duration");
  CHECK(rejected_of("1 close(3) = 0 <-1>") == "bad duration");
  CHECK(rejected_of("1 close(3) = 0 <99999999999999999999.000001>") == "bad duration");
  CHECK(rejected_of("1 +++ exited with 0") == "no end of the event");
  CHECK(rejected_of("1 +++ eaten +++") == "unknown event");
  CHECK(rejected_of("1 <... read resumed>\"x\"") == "no end of the arguments");
  CHECK(rejected_of("1 (1, 2) = 3") == "no system call");
  CHECK(rejected_of("0     close(3) = 0") == "no thread id");
  CHECK(rejected_of("-5    close(3) = 0") == "no thread id");
  CHECK(rejected_of("4294967296 close(3) = 0") == "no thread id");
  CHECK(rejected_of("99999999999999999999 close(3) = 0") == "no thread id");
  CHECK(rejected_of("hello") == "no thread id");
  CHECK(rejected_of("1 close(3) = 0", kFull) == "no time stamp");
  CHECK(rejected_of("1 99999999999999.9 [ 3] close(3) = 0", kFull) == "no time stamp");
  CHECK(rejected_of("1 1.5 [x] close(3) = 0", kFull) == "no call number");
}

TEST_CASE("CR before the line end changes nothing", "[strace][line]") {
  const Record r = record_of(
      "100 openat(AT_FDCWD, \"/x\", O_RDONLY) = -1 ENOENT (No such file or directory) <0.000020>\r");
  CHECK(r.duration_ns == 20000);
  CHECK(r.error == 2);
}

TEST_CASE("every cut of every line is read without harm", "[strace][line]") {
  const std::vector<std::string> lines = {
      "23968 1795227296.730639738 [ 110] poll([{fd=3</tmp/a\\\"b>, events=POLLIN}], 1, 0) = 1 ([{fd=3}]) "
      "<0.000005755>",
      "27621 1795227696.767504259 [  61] <... wait4 resumed>[{WIFEXITED(s)}], 0, /* x */ NULL) = ? "
      "ERESTARTSYS (To be) <0.000040033>",
      "27621 1795227696.767528768 [  58] --- SIGCHLD {si_signo=SIGCHLD} ---",
      "27629 1795227696.769654023 [ 231] +++ superseded by execve in pid 13507 +++",
      "23973 1795227696.769654023 [ Process PID=23973 runs in 32 bit mode. ]",
      "13 1.2 [1] accept(9<UNIX-STREAM:[33998,\"/tmp/a->b].sock\"]>) = "
      "9<TCP:[127.0.0.1:60143->127.0.0.1:44522]>"};
  for (const std::string& line : lines) {
    for (std::size_t size = 0; size <= line.size(); ++size) {
      const std::string cut = line.substr(0, size);  // its own allocation: a sanitizer sees a read beyond it
      (void)parse_line(cut, kFull);
      (void)parse_line(line.substr(size), kFull);
      (void)parse_line(cut, kPlain);
    }
  }
  SUCCEED();
}

TEST_CASE("long nesting needs no stack", "[strace][line]") {
  const std::string deep(1'000'000, '(');
  CHECK(rejected_of("1 ioctl(3, " + deep + ") = 0") == "no end of the arguments");
  CHECK(record_of("1 ioctl(3, " + deep + std::string(deep.size(), ')') + ") = 0").value == 0);
}

TEST_CASE("a pid that changes under a call", "[strace][line]") {
  const Record r =
      record_of("13507 execve(\"/usr/bin/sh\", [], 0x7f /* 37 vars */ <pid changed to 13504 ...>");
  CHECK(r.kind == RecordKind::entered);
  CHECK(r.other == 13504);
  CHECK(r.args == "\"/usr/bin/sh\", [], 0x7f /* 37 vars */");
  CHECK(record_of("5 write(1, \" <pid changed to 7 ...>\", 22) = 22 <0.1>").kind == RecordKind::call);
  CHECK(rejected_of("5 execve(\"/bin/sh\" <pid changed to x ...>") != "");
}
