// Any order of entries, returns, signals and ends of a few threads, as a tracer that lost some of its lines
// might tell them. Whatever the order: the ledger balances, and no duration is negative.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "core/engine/pairing.h"
#include "core/stats/snapshot_builder.h"

using namespace latimer;

namespace {

constexpr std::int32_t kThreads = 5;

void demand(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

// Three bytes are a step: what happens, to whom, and with which figures.
struct Step {
  std::uint8_t what = 0;
  std::uint8_t who = 0;
  std::uint8_t figures = 0;
};

class Story {
 public:
  Story() : pairing_(PairingOptions{}, nullptr), builder_(GroupBy::none) {}

  void tell(const Step& step) {
    now_ += (step.figures & 0x80) != 0 ? -3 : 7;  // clocks are set back
    Task& task = pairing_.tasks().get(1 + step.who % kThreads);
    switch (step.what % 8) {
      case 0:
        return pairing_.enter(task, entry(step));
      case 1:
      case 2:
        return pairing_.exit(task, exit(step));
      case 3:
        return pairing_.call(task, entry(step), exit(step));
      case 4:
        return pairing_.signal(task, step.figures % 65);
      case 5:
        return pairing_.ended(task);
      case 6:
        return pairing_.superseded(task, 1 + step.figures % kThreads);
      default:
        return pairing_.tasks().clone_begins(task, (step.figures & 1) != 0);
    }
  }

  void collect() {
    for (const SyscallEvent& event : pairing_.events()) {
      demand(event.duration_ns.value_or(0) >= 0, "a duration is not negative");
      builder_.add(event);
    }
    pairing_.clear();
  }

  void judge() {
    Ledger ledger = pairing_.ledger();
    ledger.completed = builder_.completed();
    demand(ledger.enter_residual().value_or(0) == 0, "enters balance");
    demand(ledger.exit_residual().value_or(0) == 0, "exits balance");
    demand(pairing_.in_flight(now_).size() >= ledger.in_flight.value_or(0), "who is inside is shown");
  }

 private:
  // Of all calls those that pairing knows something about, and one that it does not.
  static std::int32_t number(const Step& step) {
    constexpr std::int32_t kNumbers[] = {0, 15, 39, 56, 57, 59, 60, 219, 231, 322, 435, -1, 600};
    return kNumbers[step.figures % 13];
  }

  [[nodiscard]] CallEntry entry(const Step& step) const {
    CallEntry entry;
    entry.abi = (step.figures & 0x20) != 0 ? Abi::i386 : Abi::x86_64;
    entry.number = number(step);
    if ((step.figures & 0x40) != 0) entry.time_ns = now_;
    entry.args = "3, NULL";
    entry.counted = (step.what & 0x80) == 0;
    return entry;
  }

  [[nodiscard]] CallExit exit(const Step& step) const {
    CallExit exit;
    exit.outcome = static_cast<CallOutcome>(step.what >> 3 & 3);
    exit.abi = (step.figures & 0x20) != 0 ? Abi::i386 : Abi::x86_64;
    exit.number = number(step);
    exit.value = 1 + (step.who >> 3) % (kThreads + 2);
    if (exit.outcome == CallOutcome::failed) exit.error = 4;
    if (exit.outcome == CallOutcome::restart) exit.error = 512 + (step.who >> 3) % 5;
    if (exit.error != 0) exit.value = -exit.error;
    if ((step.figures & 0x40) != 0) exit.time_ns = now_;
    if ((step.what & 0x20) != 0) exit.duration_ns = step.figures;
    exit.counted = (step.what & 0x80) == 0;
    return exit;
  }

  Pairing pairing_;
  SnapshotBuilder builder_;
  std::int64_t now_ = 1'000'000;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Story story;
  for (std::size_t at = 0; at + 3 <= size; at += 3) {
    story.tell({data[at], data[at + 1], data[at + 2]});
    if (data[at] % 16 == 0) story.collect();
  }
  story.collect();
  story.judge();
  return 0;
}
