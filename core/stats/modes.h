// Does a latency distribution have more than one mode (a fast and a slow path)? docs/bimodality.md gives the
// rule, and what was measured of it.
#pragma once

#include <cstdint>
#include <vector>

#include "core/stats/histogram.h"

namespace latimer {

// One mode: the calls whose recorded durations lie in [lo_ns, hi_ns). Neighbours share a valley as their
// edge; the outermost edges are the minimum and the maximum + 1.
struct Mode {
  double share = 0;  // of the calls
  std::uint64_t lo_ns = 0;
  std::uint64_t hi_ns = 0;
  std::uint64_t p50_ns = 0;  // of this mode's calls; as exact as Histogram::quantile()
};

// The modes, slowest last. Empty: one mode, or too little data to tell.
//
// `resolution_ns` is the step in which the durations were printed, truncated toward 0: 1 for the kernel's,
// 1000 for the six decimals of strace -T. A step makes no modes.
[[nodiscard]] std::vector<Mode> find_modes(const Histogram& histogram, std::uint64_t resolution_ns);

}  // namespace latimer
