// Times are integer nanoseconds; a time means nothing without its clock domain.
#pragma once

#include <cstdint>

namespace latimer {

enum class ClockDomain : std::uint8_t {
  monotonic,  // CLOCK_MONOTONIC: bpf_ktime_get_ns
  realtime,   // CLOCK_REALTIME: strace's absolute time stamps
};

// The same instant on both clocks, read one right after the other; taken at the start and at the end of a
// capture, so that either domain can be translated into the other and a step of the wall clock shows.
struct ClockAnchor {
  std::int64_t monotonic_ns = 0;
  std::int64_t realtime_ns = 0;
};

}  // namespace latimer
