#include "core/sys/clock_anchor.h"

#include <ctime>
#include <fstream>
#include <limits>
#include <string>

namespace latimer {
namespace {

std::int64_t read_clock(clockid_t id) {
  timespec now{};
  ::clock_gettime(id, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

// time_namespaces(7): "monotonic SECONDS NANOSECONDS", added to what the processes of this namespace read.
std::int64_t namespace_offset() {
  std::ifstream file("/proc/self/timens_offsets");
  std::string clock;
  for (std::int64_t seconds = 0, ns = 0; file >> clock >> seconds >> ns;) {
    if (clock == "monotonic") return seconds * 1'000'000'000 + ns;
  }
  return 0;
}

}  // namespace

std::int64_t monotonic_ns() {
  static const std::int64_t offset = namespace_offset();
  return read_clock(CLOCK_MONOTONIC) - offset;
}
std::int64_t realtime_ns() { return read_clock(CLOCK_REALTIME); }

ClockAnchor take_clock_anchor() {
  ClockAnchor best;
  std::int64_t narrowest = std::numeric_limits<std::int64_t>::max();
  for (int attempt = 0; attempt < 5; ++attempt) {
    const std::int64_t before = monotonic_ns();
    const std::int64_t real = realtime_ns();
    const std::int64_t after = monotonic_ns();
    if (after - before < narrowest) {
      narrowest = after - before;
      best = {before + (after - before) / 2, real};
    }
  }
  return best;
}

}  // namespace latimer
