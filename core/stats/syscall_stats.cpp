#include "core/stats/syscall_stats.h"

#include <algorithm>

namespace latimer {

void Tabulated::merge(const Tabulated& other) {
  count += other.count;
  errors += other.errors;
  const bool timed = total_ns && other.total_ns;
  const bool extremes = min_ns && max_ns && other.min_ns && other.max_ns;
  total_ns = timed ? std::optional(*total_ns + *other.total_ns) : std::nullopt;
  min_ns = extremes ? std::optional(std::min(*min_ns, *other.min_ns)) : std::nullopt;
  max_ns = extremes ? std::optional(std::max(*max_ns, *other.max_ns)) : std::nullopt;
}

std::uint64_t SyscallStats::error_count() const {
  std::uint64_t total = table ? table->errors : 0;
  for (const auto& [number, count] : errors) total += count;
  return total;
}

std::optional<std::uint64_t> SyscallStats::logical_count() const {
  if (!continuations) return std::nullopt;
  return count() - std::min(count(), *continuations);
}

void SyscallStats::merge(const SyscallStats& other) {
  latency.merge(other.latency);
  untimed += other.untimed;
  gaps.merge(other.gaps);
  if (table && other.table) {
    table->merge(*other.table);
  } else if (other.table) {
    table = other.table;
  }
  killed_inside += other.killed_inside;
  killed_known = killed_known && other.killed_known;
  continuations = continuations && other.continuations ? std::optional(*continuations + *other.continuations)
                                                       : std::nullopt;
  for (const auto& [number, count] : other.errors) errors[number] += count;
}

SyscallStats SyscallStats::since(const SyscallStats& earlier) const {
  SyscallStats result = *this;
  result.latency = latency.since(earlier.latency);
  result.gaps = gaps.since(earlier.gaps);
  result.untimed -= std::min(result.untimed, earlier.untimed);
  result.killed_inside -= std::min(result.killed_inside, earlier.killed_inside);
  if (result.continuations && earlier.continuations) {
    *result.continuations -= std::min(*result.continuations, *earlier.continuations);
  }
  for (const auto& [number, count] : earlier.errors) {
    const auto found = result.errors.find(number);
    if (found == result.errors.end()) continue;
    found->second -= std::min(found->second, count);
    if (found->second == 0) result.errors.erase(found);
  }
  return result;
}

}  // namespace latimer
