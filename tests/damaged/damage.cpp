#include "tests/damaged/damage.h"

#include <algorithm>
#include <cerrno>

namespace latimer::damaged {
namespace {

constexpr std::uint64_t kMillion = 1'000'000;

// Without overflow for factors up to 1000 and durations up to 100 days.
std::int64_t times(std::int64_t duration_ns, std::uint64_t factor_ppm) {
  const auto value = static_cast<std::uint64_t>(duration_ns);
  return static_cast<std::int64_t>(value / kMillion * factor_ppm + value % kMillion * factor_ppm / kMillion);
}

void take(Count& from, const Count& count) {
  if (from && count) *from -= std::min(*from, *count);
}

void add(Count& count) { count = count.value_or(0) + 1; }

// Where the ledger has this event (core/engine/pairing.cpp, backends/ebpf/bpf). Not those of which only a
// half was told, which it has among the lost, and not a death in a call that began before.
void count_in(Ledger& ledger, const SyscallEvent& event) {
  switch (event.kind) {
    case EventKind::completed:
      add(ledger.enters);
      add(ledger.exits);
      add(ledger.completed);
      break;
    case EventKind::refused:
      add(ledger.exits);
      add(ledger.refused);
      break;
    case EventKind::began_before:
      if ((event.flags & kHalfSeen) != 0) break;
      add(ledger.exits);
      add(ledger.began_before_attach);
      break;
    case EventKind::forked:
    case EventKind::ended:
    case EventKind::new_run:
      break;
    case EventKind::no_return:
    case EventKind::killed_inside:
      if (!event.start_ns) break;
      add(ledger.enters);
      add(ledger.no_return);
      break;
    case EventKind::child_return:
      add(ledger.exits);
      add(ledger.child_returns);
      break;
    case EventKind::gap:
      break;
  }
}

}  // namespace

Damage::Damage(DamagePlan plan, std::uint64_t salt) : plan_(std::move(plan)), chance_(plan_.seed ^ salt) {
  if (plan_.defect == Defect::errno_label) account_.victim = plan_.victim;
}

bool Damage::by_chance() { return plan_.rate == 1 || chance_() % plan_.rate == 0; }

void Damage::note(const SyscallEvent& event, std::int64_t shifted_ns) {
  ++account_.touched;
  DamageAccount::OfCall& call = account_.calls[{event.abi, event.number}];
  ++call.touched;
  call.shifted_ns += shifted_ns;
}

// Whether that one is the victim; chooses it.
bool Damage::is_nth(std::int32_t number) {
  if (account_.victim != 0) return account_.victim == number;
  if (std::find(met_.begin(), met_.end(), number) == met_.end()) met_.push_back(number);
  if (met_.size() < plan_.nth) return false;
  account_.victim = met_.back();
  return true;
}

bool Damage::forget(const SyscallEvent& event) {
  note(event, 0);
  count_in(forgotten_, event);
  return false;
}

bool Damage::shift(SyscallEvent& event) {
  const std::int64_t before = *event.duration_ns;
  const std::int64_t after =
      plan_.by_ns != 0 ? std::max<std::int64_t>(0, before + plan_.by_ns) : times(before, plan_.factor_ppm);
  if (after == before) return true;
  event.duration_ns = after;
  // Events come in the order of their ends, so those stay.
  if (event.start_ns) *event.start_ns -= after - before;
  note(event, after - before);
  return true;
}

// Another one, also when the error that came by is the very one that it was to become.
std::int32_t Damage::label_of(std::int32_t error) const {
  if (error != plan_.label) return plan_.label;
  return error == EPERM ? EIO : EPERM;
}

bool Damage::mislabel(SyscallEvent& event) {
  const std::int32_t label = label_of(event.error);
  if (event.return_value == -event.error) event.return_value = -label;
  event.error = label;
  note(event, 0);
  return true;
}

bool Damage::apply(SyscallEvent& event) {
  ++account_.seen;
  const bool completed = event.kind == EventKind::completed;
  switch (plan_.defect) {
    case Defect::none:
      return true;
    case Defect::drop:
      return !completed || !by_chance() || forget(event);
    case Defect::shift:
      return !completed || !event.duration_ns || !by_chance() || shift(event);
    case Defect::errno_label:
      return event.error == 0 || !is_nth(event.error) || !by_chance() || mislabel(event);
    case Defect::thread:
      return !is_nth(event.tid) || forget(event);
  }
  return true;
}

void Damage::hide_in(Snapshot& snapshot) {
  hidden_in_flight_ = 0;
  if (plan_.defect != Defect::thread || account_.victim == 0) return;
  std::erase_if(snapshot.in_flight, [&](const InFlight& call) {
    const bool hidden = call.tid == account_.victim;
    if (hidden && !call.at_least) ++hidden_in_flight_;  // one that began before is in no term of the ledger
    return hidden;
  });
}

void Damage::hide_in(Ledger& ledger) const {
  if (plan_.honest_ledger) return;
  for (const auto term : {&Ledger::enters, &Ledger::exits, &Ledger::completed, &Ledger::no_return,
                          &Ledger::child_returns, &Ledger::refused, &Ledger::began_before_attach})
    take(ledger.*term, forgotten_.*term);
  take(ledger.enters, hidden_in_flight_);
  take(ledger.in_flight, hidden_in_flight_);
}

}  // namespace latimer::damaged
