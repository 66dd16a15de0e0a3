// Loss travels in the stream, as an item like any other.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace latimer {

enum class LossReason : std::uint8_t {
  ring_full,      // the ring buffer had no room: the event was dropped
  map_full,       // no slot left for a new key: the completion was not added up
  errno_full,     // the completion was added up, but not its errno
  storage,        // no start record could be made for the task
  recursion,      // the kernel skipped a program because it was already running on that CPU
  mismatch,       // entry and exit of a task did not name the same call
  back_pressure,  // a stalled reader held the tracer up
  tool_reported,  // the tracer itself said so: entries and exits, one by one
  half_told,      // the tracer told one end of a call at most, and not the other; the call counts
  hidden,         // the kernel stopped telling of a task, which had executed a program that changes user
  skipped,        // the kernel counted the call, or told its end, and the tracer did not say which it was
};

inline constexpr std::array<std::string_view, 11> kLossReasonNames = {
    "ring_full",     "map_full",      "errno_full", "storage", "recursion", "mismatch",
    "back_pressure", "tool_reported", "half_told",  "hidden",  "skipped"};

[[nodiscard]] constexpr std::string_view to_string(LossReason reason) {
  return kLossReasonNames[static_cast<std::size_t>(reason)];
}

// `count` more calls were lost since the last Loss of this reason.
struct Loss {
  LossReason reason = LossReason::tool_reported;
  std::uint64_t count = 0;
};

}  // namespace latimer
