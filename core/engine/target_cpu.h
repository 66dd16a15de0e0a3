// TargetCpuMeter: CPU time that the observed processes used during a capture, read from /proc (10 ms ticks)
// now and then.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/engine/event_source.h"

namespace latimer {

// Each process counts with what it used itself and what its ended children used that it waited for. So of
// those that ended, only the first ones, whose parents are not observed, are remembered (as of the last
// look); the others are in their parents' figures.
class TargetCpuMeter {
 public:
  // The first targets. What they have used until now does not count.
  void start(const std::vector<std::int32_t>& processes);
  // All observed processes that may live. Unless `force`d, does nothing when the last look was a moment ago.
  void sample(const std::vector<std::int32_t>& processes, bool force);
  // nullopt: nothing was ever read.
  [[nodiscard]] std::optional<TargetCpu> total() const;

 private:
  struct First {
    TargetCpu base;
    TargetCpu latest;
  };
  std::map<std::int32_t, First> first_;
  TargetCpu others_;  // later processes that live
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace latimer
