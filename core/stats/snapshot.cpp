#include "core/stats/snapshot.h"

#include <algorithm>

namespace latimer {
namespace {

void add(std::map<SyscallKey, SyscallStats>& into, const SyscallKey& key, const SyscallStats& stats) {
  const auto [place, is_new] = into.try_emplace(key, stats);
  if (!is_new) place->second.merge(stats);
}

// Statistics are cumulative, so what is fewer than before is not the same.
bool shrank(const SyscallStats& now, const SyscallStats& before) { return now.count() < before.count(); }

}  // namespace

void Snapshot::merge(const Snapshot& other) {
  for (const auto& [key, value] : other.stats) add(stats, key, value);
  in_flight.insert(in_flight.end(), other.in_flight.begin(), other.in_flight.end());
  observed_ns = std::max(observed_ns, other.observed_ns);
}

Snapshot Snapshot::since(const Snapshot& earlier) const {
  Snapshot result;
  result.in_flight = in_flight;
  result.observed_ns = observed_ns - std::min(observed_ns, earlier.observed_ns);
  const std::map<SyscallKey, SyscallStats> folded = folded_since(earlier);
  for (const auto& [key, value] : stats) {
    SyscallStats before;
    if (const auto known = earlier.stats.find(key);
        known != earlier.stats.end() && !shrank(value, known->second))
      before = known->second;
    if (const auto found = folded.find(key); found != folded.end()) {
      if (before.empty())
        before = found->second;
      else
        before.merge(found->second);
    }
    SyscallStats change = before.empty() ? value : value.since(before);
    if (!change.empty()) result.stats.emplace(key, std::move(change));
  }
  return result;
}

// What `earlier` has under keys of their own and *this, meanwhile, under those of the exited.
std::map<SyscallKey, SyscallStats> Snapshot::folded_since(const Snapshot& earlier) const {
  std::map<SyscallKey, SyscallStats> folded;
  for (const auto& [key, before] : earlier.stats) {
    if (key.subject.exited) continue;
    // A name that came back after it was folded begins anew.
    if (const auto now = stats.find(key); now != stats.end() && !shrank(now->second, before)) continue;
    SyscallKey exited{key.abi, key.number, {}};
    exited.subject.kind = key.subject.kind;
    exited.subject.exited = true;
    add(folded, exited, before);
  }
  return folded;
}

Snapshot Snapshot::without_subjects() const {
  Snapshot result;
  result.in_flight = in_flight;
  result.observed_ns = observed_ns;
  for (auto& call : result.in_flight) call.key.subject = Subject{};
  for (const auto& [key, value] : stats) add(result.stats, SyscallKey{key.abi, key.number, {}}, value);
  return result;
}

}  // namespace latimer
