#include "core/stats/snapshot.h"

#include <algorithm>

namespace latimer {
namespace {

void add(std::map<SyscallKey, SyscallStats>& into, const SyscallKey& key, const SyscallStats& stats) {
  const auto [place, is_new] = into.try_emplace(key, stats);
  if (!is_new) place->second.merge(stats);
}

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
  for (const auto& [key, value] : stats) {
    const auto before = earlier.stats.find(key);
    SyscallStats change = before == earlier.stats.end() ? value : value.since(before->second);
    if (!change.empty()) result.stats.emplace(key, std::move(change));
  }
  return result;
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
