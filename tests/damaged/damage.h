// Damage: what a DamagePlan does to events, one by one, and the account of it. The same for the same plan,
// salt and events. Not thread-safe. Memory: one entry for each call, error and thread that came by.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/model/ledger.h"
#include "core/model/syscall_event.h"
#include "core/stats/snapshot.h"
#include "tests/damaged/damage_plan.h"

namespace latimer::damaged {

struct DamageAccount {
  struct OfCall {
    std::uint64_t touched = 0;    // events that are gone or changed
    std::int64_t shifted_ns = 0;  // added to their durations, in all
  };
  std::uint64_t seen = 0;  // events that came
  std::uint64_t touched = 0;
  std::map<std::pair<Abi, std::int32_t>, OfCall> calls;  // only those that were touched
  std::int32_t victim = 0;  // the thread or error that was chosen; 0: none was, or nothing is chosen
};

class Damage {
 public:
  // `salt`: of the capture, so that two captures of one plan do not lose the same events.
  Damage(DamagePlan plan, std::uint64_t salt);

  // False: the event is to be forgotten.
  bool apply(SyscallEvent& event);

  // Takes the forgotten thread's calls out of those in flight.
  void hide_in(Snapshot& snapshot);

  // Takes all that was forgotten out of both sides, so that nothing seems to be missing; unless the plan's
  // ledger is honest. Calls in flight are those of the last snapshot.
  void hide_in(Ledger& ledger) const;

  [[nodiscard]] const DamagePlan& plan() const { return plan_; }
  [[nodiscard]] const DamageAccount& account() const { return account_; }

 private:
  bool by_chance();
  bool forget(const SyscallEvent& event);
  bool shift(SyscallEvent& event);
  bool mislabel(SyscallEvent& event);
  [[nodiscard]] std::int32_t label_of(std::int32_t error) const;
  bool is_nth(std::int32_t number);
  void note(const SyscallEvent& event, std::int64_t shifted_ns);

  const DamagePlan plan_;
  std::mt19937_64 chance_;
  std::vector<std::int32_t> met_;  // threads or errors, in the order of their first appearance, up to the nth
  DamageAccount account_;
  Ledger forgotten_;  // its terms are of events that are gone; the others stay unknown
  std::uint64_t hidden_in_flight_ = 0;
};

}  // namespace latimer::damaged
