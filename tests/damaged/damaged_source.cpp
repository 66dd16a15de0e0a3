#include "tests/damaged/damaged_source.h"

namespace latimer::damaged {

void DamagedSource::damage(Batch& batch) {
  left_.clear();
  for (SyscallEvent event : batch.events)
    if (damage_.apply(event)) left_.push_back(event);
  batch.events = left_;
}

// A batch of which nothing is left is none.
Result<Next> DamagedSource::next(Batch& batch, std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    Result<Next> next = inner_->next(batch, deadline);
    if (!next || *next != Next::ready) return next;
    damage(batch);
    if (!batch.events.empty() || !batch.losses.empty()) return next;
    if (std::chrono::steady_clock::now() >= deadline) return Next::idle;
  }
}

Result<Snapshot> DamagedSource::snapshot() {
  Result<Snapshot> snapshot = inner_->snapshot();
  if (snapshot) damage_.hide_in(*snapshot);
  return snapshot;
}

SourceStats DamagedSource::stats() {
  SourceStats stats = inner_->stats();
  damage_.hide_in(stats.ledger);
  return stats;
}

}  // namespace latimer::damaged
