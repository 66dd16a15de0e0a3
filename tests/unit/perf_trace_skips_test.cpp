// What perf trace passes over without a word, and what is known of it nevertheless.
#include <catch2/catch.hpp>
#include <string>

#include "backends/perftrace/trace_call.h"
#include "backends/perftrace/trace_translator.h"

using namespace latimer;
using namespace latimer::perftrace;

namespace {

constexpr std::int32_t kCommand = 10, kOther = 20;

std::string record(const std::string& call, const std::string& end, std::int32_t tid = kCommand) {
  return "     1.000 ( 0.005 ms): ls/" + std::to_string(tid) + " " + call + "        " + end;
}
std::string whole(const std::string& call, std::int32_t tid = kCommand) { return record(call, "= 0", tid); }
std::string entered(const std::string& call) { return record(call, "..."); }

// A command that perf trace launched and that has just been executed.
class Live {
 public:
  Live() : translator_(options(), nullptr) {
    translator_.hold(kCommand);
    translator_.pairing().tasks().add_target(kCommand, kCommand);
    tell(whole("read()"));  // the launcher's
    tell(whole("execve()"));
  }
  void tell(const std::string& text) {
    Line line;
    line.text = text;
    line.terminated = true;
    translator_.line(line, nullptr);
  }
  TraceTranslator& translator() { return translator_; }
  std::uint64_t lost(LossReason reason) {
    return translator_.ledger().lost[static_cast<std::size_t>(reason)].value_or(0);
  }
  // Events that count as calls of that number.
  std::size_t calls(std::int32_t number) {
    std::size_t count = 0;
    for (const SyscallEvent& event : translator_.pairing().events()) count += event.number == number ? 1 : 0;
    return count;
  }

 private:
  static TranslatorOptions options() {
    TranslatorOptions options;
    options.live = true;
    return options;
  }
  TraceTranslator translator_;
};

const std::int32_t kSigreturn = syscall_number(kNativeAbi, "rt_sigreturn").value_or(-1);

}  // namespace

TEST_CASE("What the kernel counted and perf trace told is complete", "[perftrace]") {
  Live live;
  live.tell(whole("kill(pid: 10, sig: USR1)"));
  live.tell(entered("rt_sigreturn()"));
  live.tell(whole("close(fd: 3)"));
  live.translator().counted(1, 3);
  CHECK(live.lost(LossReason::half_told) == 0);
  CHECK(live.lost(LossReason::skipped) == 0);
  CHECK(live.calls(kSigreturn) == 1);
}

TEST_CASE("A skipped rt_sigreturn counts, since the kernel has counted it", "[perftrace]") {
  Live live;
  live.tell(whole("kill(pid: 10, sig: USR1)"));
  live.translator().counted(1, 2);
  CHECK(live.lost(LossReason::half_told) == 1);
  CHECK(live.lost(LossReason::skipped) == 0);
  CHECK(live.calls(kSigreturn) == 1);
}

TEST_CASE("A call of which nothing was told is skipped", "[perftrace]") {
  Live live;
  live.tell(whole("kill(pid: 10, sig: USR1)"));
  live.translator().counted(0, 3);
  CHECK(live.lost(LossReason::skipped) == 2);
}

TEST_CASE("What perf trace said that it lost is not skipped besides", "[perftrace]") {
  Live live;
  live.tell("LOST 2 events!");
  live.tell(whole("close(fd: 3)"));
  live.translator().counted(1, 3);
  CHECK(live.lost(LossReason::tool_reported) == 2);
  CHECK(live.lost(LossReason::half_told) == 0);
  CHECK(live.lost(LossReason::skipped) == 0);
}

TEST_CASE("An end without a beginning is a call that the kernel has counted, too", "[perftrace]") {
  Live live;
  live.tell(whole("close(fd: 3)"));
  live.tell("     1.000 ( 0.050 ms): ls/10  ... [continued]: kill())        = 0");
  live.translator().counted(0, 2);
  CHECK(live.lost(LossReason::half_told) == 1);
  CHECK(live.lost(LossReason::skipped) == 0);
}

// perf prints the end of the call behind it with the beginning that it knows.
TEST_CASE("The end of rt_sigreturn is another call's, of which the name is lost", "[perftrace]") {
  Live live;
  live.tell(whole("kill(pid: 10, sig: USR1)"));
  live.tell(whole("rt_sigreturn()"));
  live.tell(whole("close(fd: 3)"));
  CHECK(live.calls(kSigreturn) == 1);
  for (const SyscallEvent& event : live.translator().pairing().events())
    if (event.number == kSigreturn) CHECK_FALSE(event.duration_ns);
  CHECK(live.lost(LossReason::skipped) == 1);
  live.translator().counted(1, 4);
  CHECK(live.lost(LossReason::skipped) == 1);
  const Ledger ledger = live.translator().ledger();
  CHECK(ledger.enters == 4U);  // execve among them
  CHECK(ledger.exits == 5U);
  CHECK(ledger.lost_enters == 1U);
}

TEST_CASE("Latimer's own calls are in neither count", "[perftrace]") {
  Live live;
  live.translator().exclude(kOther);
  live.tell(whole("wait4(upid: -1)", kOther));
  live.tell(whole("close(fd: 3)"));
  live.translator().counted(0, 2);
  CHECK(live.lost(LossReason::skipped) == 1);
}

TEST_CASE("The kernel counts what any perf knows by name", "[perftrace]") {
  const std::vector<std::string> all = counted_beside({});
  REQUIRE(all.size() == 2);
  CHECK(all[0] == "id==" + std::to_string(kSigreturn));
  CHECK(all[1].ends_with("&&id<=440)"));
  CHECK(counted_beside(*SyscallFilter::parse("read,rt_sigreturn")).empty());
}
