#include "cli/interval_feed.h"

namespace latimer {
namespace {

Count plus(const Count& a, const Count& b) {
  if (!a || !b) return a ? a : b;
  return *a + *b;
}

void append_ledger(Ledger& earlier, const Ledger& later) {
  for (auto term :
       {&Ledger::enters, &Ledger::exits, &Ledger::completed, &Ledger::no_return, &Ledger::child_returns,
        &Ledger::refused, &Ledger::began_before_attach, &Ledger::lost_enters, &Ledger::lost_exits}) {
    earlier.*term = plus(earlier.*term, later.*term);
  }
  for (std::size_t i = 0; i < earlier.lost.size(); ++i)
    earlier.lost[i] = plus(earlier.lost[i], later.lost[i]);
  earlier.in_flight = later.in_flight;
  earlier.lines = later.lines;  // cumulative
}

}  // namespace

void append_interval(Capture& earlier, const Capture& later) {
  earlier.snapshot.in_flight.clear();
  const std::uint64_t observed = earlier.snapshot.observed_ns + later.snapshot.observed_ns;
  earlier.snapshot.merge(later.snapshot);
  earlier.snapshot.observed_ns = observed;
  earlier.observed_ns = observed;
  SourceStats stats = later.source;
  append_ledger(earlier.source.ledger, later.source.ledger);
  stats.ledger = earlier.source.ledger;
  earlier.source = std::move(stats);
  earlier.end_ns = later.end_ns;
  earlier.end_anchor = later.end_anchor;
}

void IntervalFeed::add(const Capture& interval) {
  ++index_;
  ++merged_;
  if (pending_) {
    append_interval(*pending_, interval);
  } else {
    pending_ = interval;
  }
  if (!deliver_(*pending_, info())) return;
  pending_.reset();
  merged_ = 0;
}

void IntervalFeed::flush(const Deliver& last) {
  if (pending_) (void)last(*pending_, info());
  pending_.reset();
  merged_ = 0;
}

IntervalInfo IntervalFeed::info() const { return {index_, pending_->start_ns, pending_->end_ns, merged_}; }

}  // namespace latimer
