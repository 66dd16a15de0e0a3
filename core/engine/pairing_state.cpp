// How things stand: the ledger, and the calls that are open.
#include <algorithm>

#include "core/engine/pairing.h"

namespace latimer {
namespace {

Subject subject_of(GroupBy by, const Task& task) {
  Subject subject;
  subject.kind = by;
  const std::string name(task.comm.data());
  switch (by) {
    case GroupBy::none:
    case GroupBy::cgroup:
      break;
    case GroupBy::thread:
      subject.tid = task.tid;
      [[fallthrough]];
    case GroupBy::process:
      subject.pid = task.process->tgid.value_or(task.tid);
      subject.epoch = task.process->epoch.value_or(0);
      [[fallthrough]];
    case GroupBy::comm:
      subject.name = name;
      break;
  }
  return subject;
}

}  // namespace

std::uint64_t Pairing::open_calls() const {
  std::uint64_t inside = 0;
  for (const auto& [tid, task] : tasks_.tasks()) {
    if (task.in_call && counts(task, task.pending) && !task.pending.began_before) ++inside;
  }
  return inside;
}

Ledger Pairing::ledger() const {
  Ledger ledger = ledger_;
  *ledger.enters += tallied_enters_;
  *ledger.exits += tallied_;
  *ledger.completed += tallied_;
  ledger.in_flight = open_calls() + left_open_entered_;
  if (!options_.tells_loss) return ledger;
  const bool lossless = ledger.lost[static_cast<std::size_t>(LossReason::tool_reported)].value_or(0) == 0;
  ledger.refused = lossless ? never_entered_ : 0;
  if (!lossless) *ledger.lost_enters += never_entered_;
  return ledger;
}

InFlight Pairing::describe(const Task& task, const PendingCall& call,
                           std::optional<std::int64_t> now_ns) const {
  InFlight result;
  result.key = {call.abi, call.number, subject_of(options_.by, task)};
  result.pid = task.process->tgid.value_or(task.tid);
  result.tid = task.tid;
  result.comm = task.comm.data();
  if (now_ns)
    result.age_ns =
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, *now_ns - call.start_ns.value_or(*now_ns)));
  result.at_least = call.began_before;
  return result;
}

void Pairing::append_in_flight(std::vector<InFlight>& list, std::optional<std::int64_t> now_ns) const {
  const auto first = static_cast<std::ptrdiff_t>(list.size());
  for (const auto& [tid, task] : tasks_.tasks()) {
    if (task.in_call && counts(task, task.pending)) list.push_back(describe(task, task.pending, now_ns));
  }
  std::sort(list.begin() + first, list.end(),
            [](const InFlight& a, const InFlight& b) { return a.tid < b.tid; });
}

std::vector<InFlight> Pairing::in_flight(std::optional<std::int64_t> now_ns) const {
  std::vector<InFlight> result = left_open_;
  append_in_flight(result, now_ns);
  return result;
}

std::optional<InFlight> Pairing::foresee(const Task& task, const CallEntry& entry,
                                         std::int64_t now_ns) const {
  PendingCall call;
  set_entry(call, entry);
  if (task.in_call || !counts(task, call)) return std::nullopt;
  note_attached(task, call);
  return describe(task, call, now_ns);
}

}  // namespace latimer
