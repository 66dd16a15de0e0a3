// Adds single events up into a Snapshot. The hot path of every backend that delivers events.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "core/model/subject.h"
#include "core/model/syscall_event.h"
#include "core/stats/snapshot.h"

namespace latimer {

// Not thread-safe. Memory grows with the number of distinct keys only.
class SnapshotBuilder {
 public:
  explicit SnapshotBuilder(GroupBy by) : by_(by) {}

  void add(const SyscallEvent& event);
  // The same as for an event of kind completed that tells no more than this. Without subjects only.
  // `duration_ns`: null: unknown. `continuations_known`: see SyscallEvent.
  void add_completed(Abi abi, std::int32_t number, std::int32_t error, const std::int64_t* duration_ns,
                     bool continuations_known) {
    SyscallStats* stats = number >= 0 && number < kDirect
                              ? direct_[static_cast<std::size_t>(abi)][static_cast<std::size_t>(number)]
                              : nullptr;
    if (stats == nullptr) stats = &stats_for(abi, number, continuations_known);
    ++completed_;
    if (duration_ns != nullptr) {
      stats->latency.record(static_cast<std::uint64_t>(*duration_ns));
    } else {
      ++stats->untimed;
    }
    if (error != 0) ++stats->errors[error];
  }
  [[nodiscard]] const Snapshot& snapshot() const { return snapshot_; }

  // Completions added so far (kind completed), counted on their own: the ledger's `completed` where events
  // are what the user gets.
  [[nodiscard]] std::uint64_t completed() const { return completed_; }

 private:
  static constexpr int kDirect = 1024;  // numbers below this are found without searching
  SyscallStats& stats_for(const SyscallEvent& event);
  SyscallStats& stats_for(Abi abi, std::int32_t number, bool continuations_known);
  SyscallStats& find_or_make(const SyscallEvent& event);
  [[nodiscard]] Subject subject_of(const SyscallEvent& event) const;

  GroupBy by_;
  std::uint64_t completed_ = 0;
  Snapshot snapshot_;
  std::array<std::array<SyscallStats*, kDirect>, 3> direct_{};  // by ABI and number; only without subjects
};

}  // namespace latimer
