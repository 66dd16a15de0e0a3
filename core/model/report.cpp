#include "core/model/report.h"

namespace latimer {

std::string_view to_string(LatencyClass value) {
  switch (value) {
    case LatencyClass::fast:
      return "fast";
    case LatencyClass::medium:
      return "medium";
    case LatencyClass::slow:
      return "slow";
    case LatencyClass::blocking:
      return "blocking";
    case LatencyClass::unknown:
      return "unknown";
  }
  return "unknown";
}

std::string TraceOrigin::recording() const {
  const ClockAnchor& start = environment.clock.start;
  if (start.realtime_ns == 0) return "";
  return environment.hostname + " " + std::to_string(start.monotonic_ns) + " " +
         std::to_string(start.realtime_ns);
}

}  // namespace latimer
