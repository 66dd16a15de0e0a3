// Reading clocks. Times are ns.
#pragma once

#include <cstdint>

#include "core/model/clock.h"

namespace latimer {

[[nodiscard]] std::int64_t monotonic_ns();
[[nodiscard]] std::int64_t realtime_ns();

// Both clocks as of one instant: the best of a few tries, so that being scheduled out between two reads does
// not spoil it.
[[nodiscard]] ClockAnchor take_clock_anchor();

}  // namespace latimer
