// What is known about one key (a system call, perhaps of one subject): completions, errors, latencies.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "core/stats/histogram.h"

namespace latimer {

// What a tracer's own summary (strace -c) says of a call: no single durations.
struct Tabulated {
  std::uint64_t count = 0;
  std::uint64_t errors = 0;
  std::optional<std::uint64_t> total_ns, min_ns, max_ns;  // wall time; nullopt: not in the table

  void merge(const Tabulated& other);
};

struct SyscallStats {
  explicit SyscallStats(unsigned sub_bits = LAT_SUB_BITS_FINE) : latency(sub_bits), gaps(sub_bits) {}

  Histogram latency;                // completions whose duration is known
  std::uint64_t untimed = 0;        // completions without one: refused calls, or a count-only capture
  Histogram gaps;                   // from entry to the thread's next entry, where durations are not known
  std::optional<Tabulated> table;   // completions known from a summary alone
  std::uint64_t killed_inside = 0;  // calls that the caller's death ended; not completions
  std::optional<std::uint64_t> continuations =
      0;  // completions that went on with an interrupted call; nullopt: not observed
  std::map<std::int32_t, std::uint64_t> errors;  // completions by errno (ERESTART* as such)
  bool killed_known = true;                      // false: the backend cannot see calls that never return

  // Completions: what `count` means everywhere.
  [[nodiscard]] std::uint64_t count() const { return latency.count() + untimed + (table ? table->count : 0); }
  [[nodiscard]] std::uint64_t error_count() const;
  // A call joined with its restarts counts once.
  [[nodiscard]] std::optional<std::uint64_t> logical_count() const;
  [[nodiscard]] bool empty() const { return count() == 0 && killed_inside == 0; }

  void merge(const SyscallStats& other);
  [[nodiscard]] SyscallStats since(const SyscallStats& earlier) const;
};

}  // namespace latimer
