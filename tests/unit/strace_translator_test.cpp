#include "backends/strace/translator.h"

#include <catch2/catch.hpp>
#include <deque>
#include <string>
#include <vector>

#include "backends/strace/messages.h"
#include "backends/strace/tool.h"
#include "core/model/syscall_table.h"

using namespace latimer;
using namespace latimer::strace;

namespace {

struct Run {
  std::deque<std::string> kept;
  Translator translator;
  explicit Run(TranslatorOptions options) : translator(std::move(options), nullptr) {}

  void text(const std::string& all, bool terminated = true) {
    LineBuffer buffer;
    const auto take = [this](const Line& line) {
      Line stable = line;
      stable.text = kept.emplace_back(line.text);
      translator.line(stable, 0);
    };
    buffer.feed(all + (terminated ? "\n" : ""), take);
    buffer.finish(take);
  }
  [[nodiscard]] std::vector<SyscallEvent> events() {
    return {translator.pairing().events().begin(), translator.pairing().events().end()};
  }
};

TranslatorOptions with_numbers() {
  TranslatorOptions options;
  options.layout = {PidColumn::plain, TimeColumn::none, false, true};
  return options;
}

TranslatorOptions plain() {
  TranslatorOptions options;
  options.layout = {PidColumn::plain, TimeColumn::none};
  return options;
}

}  // namespace

TEST_CASE("number and name together tell the ABI", "[strace][translator]") {
  if (kNativeAbi != Abi::x86_64) return;
  Run run(with_numbers());
  run.text(
      "5 [ 110] getppid() = 1 <0.1>\n"
      "5 [  64] getppid() = 1 <0.1>\n"  // int 0x80
      "5 [  12] chdir(NULL) = -1 EFAULT (Bad address) <0.1>\n"
      "5 [ 600] syscall_0x258(0) = -1 ENOSYS (Function not implemented) <0.1>\n"
      "5 [  12] brk(NULL) = 0x5 <0.1>\n"
      "5 [ 600] syscall_0x258(0) = -1 ENOSYS (Function not implemented) <0.1>\n"
      "5 [1073741863] getpid() = -1 ENOSYS (Function not implemented) <0.1>\n"
      "5 [?"
      "??] syscall_0xffffffffffffffff(0) = -1 ENOSYS (Function not implemented) <0.1>");
  const auto events = run.events();
  REQUIRE(events.size() == 8);
  const std::vector<std::pair<Abi, int>> expected = {
      {Abi::x86_64, 110}, {Abi::i386, 64},    {Abi::i386, 12},           {Abi::i386, 600},
      {Abi::x86_64, 12},  {Abi::x86_64, 600}, {Abi::x86_64, 1073741863}, {Abi::x86_64, -1}};
  for (std::size_t i = 0; i < events.size(); ++i)
    CHECK(std::pair(events[i].abi, events[i].number) == expected[i]);
}

TEST_CASE("personality lines tell the ABI where no numbers are printed", "[strace][translator]") {
  if (kNativeAbi != Abi::x86_64) return;
  Run run(plain());
  run.text(
      "5 getppid() = 1\n5 [ Process PID=5 runs in 32 bit mode. ]\n5 getppid() = 1\n"
      "5 [ Process PID=5 runs in 64 bit mode. ]\n5 getppid() = 1\n5 waitpid(-1, NULL, 0) = 3");
  const auto events = run.events();
  REQUIRE(events.size() == 4);
  CHECK(events[0].number == 110);
  CHECK(std::pair(events[1].abi, events[1].number) == std::pair(Abi::i386, 64));
  CHECK(events[2].number == 110);
  CHECK(std::pair(events[3].abi, events[3].number) == std::pair(Abi::i386, 7));  // a name that only i386 has
  CHECK(run.translator.lines().ignored.at("personality") == 2);
}

TEST_CASE("a launched command begins with its execve", "[strace][translator]") {
  TranslatorOptions options = plain();
  options.held_pid = 5;
  Run run(std::move(options));
  run.text(
      "5 read(7, \"\"..., 1) = 1\n5 execve(\"/bin/x\", [...], 0x1) = -1 ENOEXEC (Exec format error)\n"
      "5 execve(\"/bin/sh\", [...], 0x1) = 0\n5 read(0, \"\", 1) = 0\n5 exit_group(0) = ?\n5 +++ exited with "
      "0 +++");
  const auto events = run.events();
  REQUIRE(events.size() == 4);
  CHECK(syscall_name(events[0].abi, events[0].number) == "execve");
  CHECK(events[3].kind == EventKind::no_return);
  const LineLedger& lines = run.translator.lines();
  CHECK(lines.total == 6);
  CHECK(lines.records == 4);
  CHECK(lines.ignored == latimer::CountsByName{{"launcher", 1}, {"exit", 1}});
}

TEST_CASE("what the filter does not select is read but not counted", "[strace][translator]") {
  TranslatorOptions options = plain();
  options.filter = SyscallFilter::parse("read").value();
  Run run(std::move(options));
  run.text(
      "5 clone(child_stack=NULL, flags=CLONE_VM|CLONE_THREAD) = 6\n6 read(0, \"\", 1) = 1\n5 exit_group(0 "
      "<unfinished ...>\n"
      "5 <... exit_group resumed>) = ?");
  const auto events = run.events();
  REQUIRE(events.size() == 1);
  CHECK(events[0].tid == 6);
  CHECK(run.translator.lines().ignored.at("not selected") == 3);
  CHECK(*run.translator.pairing().ledger().enters == 1);
  CHECK(run.translator.pairing().tasks().get(6).process == run.translator.pairing().tasks().get(5).process);
}

TEST_CASE("an errno that no table knows is an error all the same", "[strace][translator]") {
  Run run(plain());
  run.text("5 read(0, \"\", 1) = -1 EFOO (Foo happened) <0.1>");
  REQUIRE(run.events().size() == 1);
  CHECK(run.events()[0].error != 0);
}

TEST_CASE("lines add up, rejected ones are kept as examples", "[strace][translator]") {
  Run run(plain());
  run.text("5 read(0, \"\", 1) = 1\ngarbage\n5 --- SIGCHLD {} ---\n5 read(0, \n\n5 close(3) = 0");
  const LineLedger& lines = run.translator.lines();
  CHECK(lines.total == 6);
  CHECK(lines.records == 2);
  CHECK(lines.ignored == latimer::CountsByName{{"signal", 1}, {"blank", 1}});
  CHECK(lines.rejected == latimer::CountsByName{{"no thread id", 1}, {"no end of the arguments", 1}});
  REQUIRE(lines.first_rejected.size() == 2);
  CHECK(lines.first_rejected[0] == "byte 21, no thread id: garbage");
}

TEST_CASE("a last line without end is believed only where it cannot have been longer",
          "[strace][translator]") {
  Run cut(plain());
  cut.text("5 getpid() = 12", false);
  CHECK(cut.events().empty());
  CHECK(cut.translator.lines().rejected.at("cut off") == 1);
  Run whole(plain());
  whole.text("5 getpid() = 12345 <0.000001>", false);
  CHECK(whole.events().size() == 1);
}

TEST_CASE("a call whose line has no end yet is in flight", "[strace][translator]") {
  Run run(plain());
  run.text("5 getpid() = 5");
  const auto inside = [&run](const char* open) { return run.translator.in_flight(0, open); };
  REQUIRE(inside("5 pause(").size() == 1);
  CHECK(syscall_name(kNativeAbi, inside("5 read(3, ")[0].key.number) == "read");
  CHECK(inside("5 read(3, \"x\", 1) = ").empty());
  CHECK(inside("5 rea").empty());
  CHECK(inside("5 --- SIG").empty());
  CHECK(inside("").empty());
  run.text("5 pause(", false);  // strace was killed
  CHECK(*run.translator.pairing().ledger().in_flight == 1);
  CHECK(run.translator.lines().rejected.empty());
}

TEST_CASE("names from -Y are unescaped", "[strace][translator]") {
  TranslatorOptions options = plain();
  Run run(std::move(options));
  run.text("5<a\\76b> getpid() = 5");
  CHECK(run.events()[0].comm_view() == "a>b");
}

TEST_CASE("the trace expression holds what the translator needs", "[strace][translator]") {
  CHECK(trace_expression(SyscallFilter()) == "all");
  const std::string some = trace_expression(SyscallFilter::parse("read").value());
  for (const char* name : {"read", "?execve", "?clone3", "?rt_sigreturn", "?restart_syscall"})
    CHECK(some.find(name) != std::string::npos);
  const std::string others = trace_expression(SyscallFilter::parse("!read,execve,clone").value());
  CHECK(others.starts_with("!"));
  CHECK(others.find("read") != std::string::npos);
  CHECK(others.find("execve") == std::string::npos);
  CHECK(others.find("clone") == std::string::npos);
  CHECK(trace_expression(SyscallFilter::parse("!execve").value()) == "all");
}

TEST_CASE("what strace says on standard error", "[strace][messages]") {
  CHECK(read_message("strace: Process 12 attached").kind == Message::Kind::attached);
  CHECK(read_message("strace: Process 12 attached with 4 threads").pid == 12);
  CHECK(read_message("strace: Process 12 detached").kind == Message::Kind::detached);
  const Message refused = read_message("strace: attach: ptrace(PTRACE_SEIZE, 999): Operation not permitted");
  CHECK(refused.kind == Message::Kind::attach_failed);
  CHECK(refused.pid == 999);
  CHECK(refused.text == "Operation not permitted");
  CHECK(read_message("strace: Exit of unknown pid 3481 ignored").kind == Message::Kind::harmless);
  CHECK(read_message("strace: [ Process PID=12 runs in 32 bit mode. ]").kind == Message::Kind::compat_mode);
  CHECK(read_message("strace: [ Process PID=12 runs in 64 bit mode. ]").kind == Message::Kind::harmless);
  CHECK(read_message("strace: whatever").text == "whatever");
}

TEST_CASE("versions of strace and what follows from them", "[strace][tool]") {
  std::string text;
  CHECK(parse_version("strace -- version 6.1\nCopyright", text).value() == Version{6, 1});
  CHECK(parse_version("strace -- version 5.10.0.12.ab12-dirty", text).value() == Version{5, 10});
  CHECK(text == "5.10.0.12.ab12-dirty");
  CHECK_FALSE(parse_version("strace -- version UNKNOWN", text).ok());
  CHECK_FALSE(parse_version("sh: no", text).ok());
  const auto has = [](Version version, const std::string& argument, bool comm = false) {
    const Invocation call = make_invocation({"/bin/strace", version, ""}, {{7}, "all", comm});
    return std::find(call.argv.begin(), call.argv.end(), argument) != call.argv.end();
  };
  CHECK(has({5, 5}, "-ttt"));
  CHECK(has({5, 6}, "--syscall-times=ns"));
  CHECK_FALSE(has({5, 6}, "-ttt"));
  CHECK_FALSE(has({5, 8}, "-n"));
  CHECK(has({5, 9}, "-n"));
  CHECK_FALSE(has({5, 14}, "-Y", true));
  CHECK(has({5, 15}, "-Y", true));
  CHECK_FALSE(has({6, 1}, "-Y", false));
  CHECK_FALSE(make_invocation({"", {5, 8}, ""}, {}).layout.number);
}

TEST_CASE("a thread's file ends in the execve that makes it its process's leader", "[strace][translator]") {
  Run run(plain());
  run.text(
      "13507 execve(\"/usr/bin/sh\", [\"sh\"], 0x7ffec11e1128 /* 37 vars */ <pid changed to 13504 ...>\n"
      "13504 <... execve resumed>)             = 0 <0.000463>\n");
  const auto events = run.events();
  REQUIRE(events.size() == 1);
  CHECK(events[0].tid == 13504);
  CHECK(events[0].duration_ns == 463'000);
  const Ledger ledger = run.translator.pairing().ledger();
  CHECK(ledger.lost_enters == 0);
  CHECK(ledger.lost_exits == 0);
}
