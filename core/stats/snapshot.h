// Snapshot: everything a capture has added up until one moment. Cumulative; user space subtracts, nothing is
// ever cleared.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/model/abi.h"
#include "core/model/subject.h"
#include "core/stats/syscall_stats.h"

namespace latimer {

struct SyscallKey {
  Abi abi = Abi::x86_64;
  std::int32_t number = -1;
  Subject subject;

  auto operator<=>(const SyscallKey&) const = default;
  bool operator==(const SyscallKey&) const = default;
};

// A call that had not returned at the moment of the snapshot.
struct InFlight {
  SyscallKey key;
  std::int32_t pid = 0;
  std::int32_t tid = 0;
  std::string comm;
  // Since it was entered, or, if at_least, since Latimer looked first; nullopt: a log without time stamps.
  std::optional<std::uint64_t> age_ns;
  bool at_least = false;  // it was already inside when Latimer attached
};

struct Snapshot {
  std::map<SyscallKey, SyscallStats> stats;
  std::vector<InFlight> in_flight;
  std::uint64_t observed_ns = 0;  // length of the time this covers

  // Sums over CPUs, sources or hosts: exact. Calls in flight are put together.
  void merge(const Snapshot& other);

  // What came after `earlier`, an older snapshot of the same capture: exact for counts, sums, errors and
  // buckets, also when subjects of `earlier` have been folded into the exited one since. Keys without news
  // are left out. Calls in flight are those of *this.
  [[nodiscard]] Snapshot since(const Snapshot& earlier) const;

  // The same numbers without telling subjects apart.
  [[nodiscard]] Snapshot without_subjects() const;

 private:
  [[nodiscard]] std::map<SyscallKey, SyscallStats> folded_since(const Snapshot& earlier) const;
};

}  // namespace latimer
