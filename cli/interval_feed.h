// Intervals on their way to a reader who may be slow. Those that he does not take in time become one: nothing
// is dropped, nothing piles up.
#pragma once

#include <functional>
#include <optional>

#include "core/engine/session.h"
#include "core/model/report.h"

namespace latimer {

// Adds a later interval of the same capture to an earlier one: exact; what is a state (calls in flight,
// warnings) is the later's.
void append_interval(Capture& earlier, const Capture& later);

class IntervalFeed {
 public:
  using Deliver = std::function<bool(const Capture& interval,
                                     const IntervalInfo& info)>;  // false: not taken, try again later

  explicit IntervalFeed(Deliver deliver) : deliver_(std::move(deliver)) {}

  void add(const Capture& interval);
  // At the end: what is still waiting, delivered by `last`, which cannot refuse.
  void flush(const Deliver& last);

 private:
  [[nodiscard]] IntervalInfo info() const;

  Deliver deliver_;
  std::optional<Capture> pending_;
  std::uint64_t merged_ = 0;
  std::uint64_t index_ = 0;
};

}  // namespace latimer
