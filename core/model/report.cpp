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

}  // namespace latimer
