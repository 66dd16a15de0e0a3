#include "core/stats/snapshot_builder.h"

namespace latimer {

Subject SnapshotBuilder::subject_of(const SyscallEvent& event) const {
  Subject subject;
  subject.kind = by_;
  switch (by_) {
    case GroupBy::none:
      break;
    case GroupBy::thread:
      subject.tid = event.tid;
      [[fallthrough]];
    case GroupBy::process:
      subject.pid = event.tgid.value_or(event.tid);
      subject.epoch = event.epoch.value_or(0);
      subject.name = event.comm_view();
      break;
    case GroupBy::comm:
      subject.name = event.comm_view();
      break;
    case GroupBy::cgroup:
      subject.id = event.cgroup_id.value_or(0);
      break;
  }
  return subject;
}

SyscallStats& SnapshotBuilder::find_or_make(const SyscallEvent& event) {
  const unsigned sub_bits = by_ == GroupBy::none ? LAT_SUB_BITS_FINE : LAT_SUB_BITS_COARSE;
  SyscallKey key{event.abi, event.number, subject_of(event)};
  const auto [place, is_new] = snapshot_.stats.try_emplace(std::move(key), sub_bits);
  if (is_new && !event.continuations_known) place->second.continuations.reset();
  return place->second;
}

SyscallStats& SnapshotBuilder::stats_for(const SyscallEvent& event) {
  if (by_ != GroupBy::none || event.number < 0 || event.number >= kDirect) return find_or_make(event);
  SyscallStats*& direct =
      direct_[static_cast<std::size_t>(event.abi)][static_cast<std::size_t>(event.number)];
  if (direct == nullptr) direct = &find_or_make(event);  // map nodes never move
  return *direct;
}

SyscallStats& SnapshotBuilder::stats_for(Abi abi, std::int32_t number, bool continuations_known) {
  SyscallEvent event;
  event.abi = abi;
  event.number = number;
  event.continuations_known = continuations_known;
  return stats_for(event);
}

void SnapshotBuilder::add(const SyscallEvent& event) {
  switch (event.kind) {
    case EventKind::no_return:
    case EventKind::child_return:
    case EventKind::forked:
    case EventKind::ended:
    case EventKind::new_run:
      return;  // the ledger's business; no completion of this capture
    case EventKind::began_before:
      if ((event.flags & kHalfSeen) == 0) return;
      break;
    case EventKind::gap:
      stats_for(event).gaps.record(static_cast<std::uint64_t>(event.duration_ns.value_or(0)));
      return;
    case EventKind::killed_inside:
      ++stats_for(event).killed_inside;
      return;
    case EventKind::refused:
    case EventKind::completed:
      break;
  }
  SyscallStats& stats = stats_for(event);
  if (event.kind == EventKind::completed) ++completed_;
  if (event.duration_ns) {
    stats.latency.record(static_cast<std::uint64_t>(*event.duration_ns));
  } else {
    ++stats.untimed;
  }
  if (event.error != 0) ++stats.errors[event.error];
  if ((event.flags & kContinuation) != 0 && stats.continuations) ++*stats.continuations;
}

}  // namespace latimer
