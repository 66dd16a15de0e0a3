// What perf trace prints, record by record.
#include "backends/perftrace/trace_line.h"

#include <catch2/catch.hpp>
#include <deque>
#include <string>

using namespace latimer::perftrace;

namespace {

// The views point into the line, which stays.
TraceParsed parsed(const std::string& text) {
  static std::deque<std::string> lines;
  return parse_trace_line(lines.emplace_back(text));
}

TraceRecord record_of(const std::string& text) {
  INFO(text);
  const TraceParsed found = parsed(text);
  REQUIRE(std::holds_alternative<TraceRecord>(found));
  return std::get<TraceRecord>(found);
}

std::string ignored(const std::string& line) {
  const TraceParsed found = parsed(line);
  const auto* kind = std::get_if<TraceIgnored>(&found);
  return kind != nullptr ? std::string(kind->kind) : "";
}

std::string rejected(const std::string& line) {
  const TraceParsed found = parsed(line);
  const auto* why = std::get_if<TraceRejected>(&found);
  return why != nullptr ? std::string(why->reason) : "";
}

bool incomplete(const std::string& line) { return std::holds_alternative<TraceIncomplete>(parsed(line)); }

// "   1.201 ( 0.080 ms): ls/10 read(fd: 3)   = <value>".
TraceRecord returning(const std::string& value) {
  return record_of("     1.201 ( 0.080 ms): ls/10 read(fd: 3)                          = " + value);
}

}  // namespace

TEST_CASE("a call that was entered and left", "[perftrace]") {
  const TraceRecord record = record_of(
      "     0.061 ( 0.019 ms): true/27430 brk(brk: 0x55)                              = 0x55a916aea000");
  CHECK(record.kind == TraceKind::whole);
  CHECK(record.returned == TraceReturn::value);
  CHECK(record.start_ns == 61'000);
  CHECK(record.duration_ns == 19'000);
  CHECK(record.tid == 27430);
  CHECK(record.comm == "true");
  CHECK(record.name == "brk");
  CHECK(record.args == "brk: 0x55");
  CHECK(record.value == 0x55a916aea000);
}

TEST_CASE("a call that another one interrupts", "[perftrace]") {
  const TraceRecord entered = record_of(
      "     3.818 (         ): mtloop/24234 clock_nanosleep(rqtp: 0x7f4f50451e80)                            "
      " "
      " ...");
  CHECK(entered.kind == TraceKind::entered);
  CHECK(entered.returned == TraceReturn::missing);
  CHECK(entered.start_ns == 3'818'000);
  CHECK_FALSE(entered.duration_ns);
  CHECK(entered.args == "rqtp: 0x7f4f50451e80");
  CHECK(record_of("    34.376 (         ): threxec/29405 execve(filename: 0xa4314d80) ...").kind ==
        TraceKind::entered);

  const TraceRecord continued = record_of(
      "     3.818 (10.107 ms): mtloop/24234  ... [continued]: clock_nanosleep())                             "
      "= 0");
  CHECK(continued.kind == TraceKind::continued);
  CHECK(continued.name == "clock_nanosleep");
  CHECK(continued.start_ns == 3'818'000);
  CHECK(continued.duration_ns == 10'107'000);
  CHECK(continued.args.empty());

  const TraceRecord unknown = record_of(
      "         ? (         ): true/27430  ... [continued]: execve())                                        "
      "= 0");
  CHECK_FALSE(unknown.start_ns);
  CHECK_FALSE(unknown.duration_ns);
  CHECK(unknown.name == "execve");
  CHECK(unknown.value == 0);
}

TEST_CASE("heads of all kinds of perf trace", "[perftrace]") {
  const std::string call = "read(fd: 3) = 5";
  const TraceRecord thread = record_of("     1.234 ( 0.002 ms): 1234 " + call);  // --no-comm
  CHECK(thread.tid == 1234);
  CHECK(thread.comm.empty());
  const TraceRecord alone = record_of("     1.234 ( 0.002 ms): " + call);
  CHECK(alone.tid == 0);
  CHECK(alone.name == "read");
  CHECK(record_of("     1.234 ( 0.002 ms):  ... [continued]: read()) = 5").kind == TraceKind::continued);
  CHECK(record_of("2897874.283 ( 0.002 ms): ls/9 " + call).start_ns == 2'897'874'283'000);  // -T
  CHECK(record_of("     1.234 (1500.002 ms): ls/9 " + call).duration_ns == 1'500'002'000);
  CHECK(record_of("     1.234 (\x1b[33m 0.099 ms\x1b[m): ls/9 " + call).duration_ns == 99'000);
  CHECK(record_of("\x1b[m     1.234 (\x1b[31m12.099 ms\x1b[m): ls/9 " + call).duration_ns == 12'099'000);
  // What the program wrote stands in front.
  const TraceRecord behind = record_of("cat: x (1):     17.606 ( 0.052 ms): cat/29453 " + call);
  CHECK(behind.start_ns == 17'606'000);
  CHECK(behind.comm == "cat");
  CHECK_FALSE(record_of("cat:          ? (         ): cat/29453  ... [continued]: read()) = 5").start_ns);
}

TEST_CASE("durations below 0 are none", "[perftrace]") {
  const TraceRecord record = record_of(
      "   155.715 (18446744073708.906 ms): true/1841  ... [continued]: clone())                             "
      "= ");
  CHECK(record.backwards);
  CHECK_FALSE(record.duration_ns);
  CHECK(record.returned == TraceReturn::unknown);
  CHECK(record.start_ns == 155'715'000);
}

TEST_CASE("values of perf trace", "[perftrace]") {
  CHECK(returning("3").value == 3);
  CHECK(returning("0x7f2b78ccb000").value == 0x7f2b78ccb000);
  CHECK(returning("0xffffffffff600000").value == -10485760);  // a pointer, and no error
  CHECK(returning("0xffffffffff600000").returned == TraceReturn::value);
  CHECK(returning("0 (Timeout)").value == 0);
  CHECK(returning("26029 (stopcont)").value == 26029);
  CHECK(returning("0 (swapper)").value == 0);
  CHECK(returning("26029 (a) = 3)").value == 26029);  // a task's name
  CHECK(returning("3   ").value == 3);
  CHECK(returning("?").returned == TraceReturn::never);
  CHECK(returning("").returned == TraceReturn::unknown);
  CHECK(returning(" ").returned == TraceReturn::unknown);
  CHECK(record_of("     1.201 ( 0.080 ms): ls/10 getpid() =").returned == TraceReturn::unknown);
  CHECK(returning("10</dev/null>").value == 10);  // of dup and its kin
  CHECK(returning("10</tmp/a)  = 3>").value == 10);
  CHECK(incomplete("     1.201 ( 0.080 ms): ls/10 dup(fildes: 3) = 10</tmp/two"));
  CHECK(returning("10</tmp/two\nlines>").value == 10);
  for (const char* flags : {"CLOEXEC", "RDWR|NONBLOCK", "RDONLY|LARGEFILE|DIRECTORY", "WRONLY|0x8000"})
    CHECK(returning(flags).returned == TraceReturn::unknown);
}

TEST_CASE("errors of perf trace", "[perftrace]") {
  const TraceRecord failed = returning("-1 ENOENT (No such file or directory)");
  CHECK(failed.returned == TraceReturn::error);
  CHECK(failed.error == 2);
  CHECK(returning("-1 EAGAIN (Die Ressource ist (zur Zeit) nicht da)").error == 11);
  const std::string number = "-1 (unknown) (INTERNAL ERROR: strerror_r(516, [buf], 128)=";
  CHECK(returning(number + "22)").error == 516);
  CHECK(returning(number + "2").error == 516);  // cut
  CHECK_FALSE(rejected("     1.201 ( 0.080 ms): ls/10 read() = -1 (unknown) (No error)").empty());
  CHECK_FALSE(rejected("     1.201 ( 0.080 ms): ls/10 read() = -1 EFROBNICATE (No such)").empty());
  CHECK_FALSE(
      rejected("     1.201 ( 0.080 ms): ls/10 read() = -1 (unknown) (INTERNAL ERROR: strerror_r(9999999, "
               "[buf], 128)=22)")
          .empty());
}

TEST_CASE("returns that are none of perf trace", "[perftrace]") {
  for (const char* value : {"3x", "0x", "99999999999999999999", "3 x", "-", "(3)", "=3"}) {
    INFO(value);
    CHECK(rejected("     1.201 ( 0.080 ms): ls/10 read(fd: 3) = " + std::string(value)) == "no return value");
  }
}

TEST_CASE("the name before a thread may hold anything", "[perftrace]") {
  for (const std::string& comm :
       {std::string("tmux: server"), std::string("a/b"), std::string("a/12 b"), std::string("12"),
        std::string("x(y"), std::string(":29129"), std::string("sh)  = 3"), std::string("\xff\xc3\x01 \t"),
        std::string("two\nlines"), std::string("kworker/0:1"), std::string("(a (b (c (d (e"),
        std::string("/"), std::string()}) {
    INFO(comm);
    const TraceRecord record = record_of("     1.201 ( 0.080 ms): " + comm + "/10 read(fd: 3)      = 5");
    CHECK(record.comm == comm);
    CHECK(record.tid == 10);
    CHECK(record.name == "read");
    CHECK(record.value == 5);
    CHECK(record_of("     1.201 ( 0.080 ms): " + comm + "/10  ... [continued]: read()) = 5").comm == comm);
  }
}

TEST_CASE("paths may hold anything of perf trace", "[perftrace]") {
  for (const std::string& path :
       {std::string("/etc/ld.so.cache"), std::string("socket:[86635]"), std::string("/tmp/we<ird>\"pa,th)"),
        std::string("/tmp/)  = 3"), std::string("/tmp/x)  = -1 EIO (y)"), std::string("/tmp/)\n = 3"),
        std::string("/12 read(x)"), std::string("/a) ..."), std::string("/tmp/\xff\xfe")}) {
    INFO(path);
    const std::string head = "     1.201 ( 0.080 ms): ls/10 read(fd: 16<" + path + ">, count: 5)";
    const TraceRecord whole = record_of(head + "     = 5");
    CHECK(whole.kind == TraceKind::whole);
    CHECK(whole.value == 5);
    CHECK(whole.error == 0);
    CHECK(whole.args == "fd: 16<" + path + ">, count: 5");
    CHECK(record_of(head + " = -1 EBADF (Bad file descriptor)").error == 9);
    CHECK(record_of(head + "        ...").kind == TraceKind::entered);
  }
  // Without a task, the path is no command's name.
  const TraceRecord alone = record_of("     1.201 ( 0.080 ms): read(fd: 16</home/12 close(x)>) = 5");
  CHECK(alone.name == "read");
  CHECK(alone.tid == 0);
}

TEST_CASE("a record of several lines begins with what is no whole one", "[perftrace]") {
  CHECK(incomplete("     1.201 ( 0.080 ms): two"));
  CHECK(incomplete("     1.201 ( 0.080 ms): x(y"));
  CHECK(incomplete("     1.201 ( 0.080 ms): ls/10 read(fd: 16</tmp/we<ird>\"pa,th)"));
  CHECK(incomplete("     1.201 ( 0.080 ms): ls/10 read(fd: 3)"));
  CHECK(incomplete("     1.201 ( 0.080 ms): ls/10  ... [continued]: read())  ..."));
  CHECK(incomplete("     1.201 ( 0.080 ms): "));
}

TEST_CASE("lost events of perf trace", "[perftrace]") {
  for (const std::string& line :
       {std::string("LOST 1324 events!"), std::string("\x1b[31mLOST 1324 events!")}) {
    const TraceParsed found = parsed(line);
    REQUIRE(std::holds_alternative<TraceLost>(found));
    CHECK(std::get<TraceLost>(found).count == 1324);
  }
  CHECK_FALSE(rejected("LOST events!").empty());
  CHECK_FALSE(rejected("LOST 99999999999999999999 events!").empty());
}

TEST_CASE("lines that are no calls of perf trace", "[perftrace]") {
  CHECK(ignored("") == "blank");
  CHECK(ignored("     0.170 ( 0.000 ms): ls/29416 minfault [_copy_to_user+0x28] => 0x7fffd700d9c9 (?k)") ==
        "page fault");
  CHECK(ignored("     0.486 ( 0.000 ms): ls/29416 majfault [intel_check_word.constprop.0+0xc0] => "
                "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2@0x27570 (d.)") == "page fault");
  CHECK(ignored("     0.570 (         ): stopcont/29429 sched:sched_switch(prev_comm: \"stopcont\", "
                "prev_pid: 29429 (stopcont))") == "other event");
  CHECK(ignored("     0.044 cat/5245 syscalls:sys_exit_openat(__syscall_nr: 257, ret: 3)") == "other event");
  const std::string indent(39, ' ');
  CHECK(ignored(indent + "brk (/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2)") == "stack");
  CHECK(ignored(indent + "[0xffffffff] ([unknown])") == "stack");
  CHECK(ignored("raw_syscalls:sys_enter 2900998.671 sleep 5242/5242 [0]") == "sample");
  CHECK(ignored(" raw_syscalls:sys_exit 2900998.671 sleep 5242/5242 [0]") == "sample");
  CHECK(rejected("hello") == "no record of perf trace");
  CHECK(rejected("812   close(3) = 0 <0.000007>") == "no record of perf trace");
}

TEST_CASE("tables of perf trace", "[perftrace]") {
  for (const char* line :
       {" Summary of events:", " gcc (29186), 378 events, 6.5%",
        " tmux: server (29186), 378 events, 6.5%, 3 majfaults, 12 minfaults, 6.069 msec",
        "   syscall            calls  errors  total       min       avg       max       stddev",
        "                                     (msec)    (msec)    (msec)    (msec)        (%)",
        "   --------------- --------  ------ -------- --------- --------- ---------     ------",
        "   newfstatat            68     33     1.524     0.018     0.022     0.074      4.42%",
        "\t\t\t\tENOENT: 33"}) {
    INFO(line);
    CHECK(ignored(line) == "summary");
  }
}

TEST_CASE("numbers that are none of perf trace", "[perftrace]") {
  const std::string call = "ls/9 read(fd: 3) = 5";
  for (const char* head :
       {"     1.23 ( 0.002 ms): ", "     1.2345 ( 0.002 ms): ", "     1 ( 0.002 ms): ",
        "  .234 ( 0.002 ms): ", "     1.234 ( 0.002 s): ", "     1.234 (): ", "     1.234 ( 0.002 ms) ",
        "     1.234 ( 0.02 ms): ", "     1.234 (-0.002 ms): ", "99999999999999999999.234 ( 0.002 ms): "}) {
    INFO(head);
    CHECK_FALSE(rejected(head + call).empty());
  }
  CHECK(incomplete("     1.234 ( 0.002 ms): ls/99999999999 "));
}
