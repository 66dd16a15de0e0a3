// Reading clocks. Times are ns.
#pragma once

#include <cstdint>

#include "core/model/clock.h"

namespace latimer {

// The host's CLOCK_MONOTONIC, as bpf_ktime_get_ns reads it: without the offset of a time namespace.
[[nodiscard]] std::int64_t monotonic_ns();
[[nodiscard]] std::int64_t realtime_ns();

// Both clocks as of one instant: the best of a few tries, so that being scheduled out between two reads does
// not spoil it.
[[nodiscard]] ClockAnchor take_clock_anchor();

}  // namespace latimer
