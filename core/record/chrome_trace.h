// Traces for chrome://tracing and Perfetto: the JSON Array Format's object form of "Trace Event Format"
// (Google, 2016): one track for each thread, a slice ("X") for each call.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/model/syscall_event.h"

namespace latimer {

// Text of the file, piece by piece. Slices of a track never overlap. A tracer that rounds may say that a call
// began up to a microsecond before the one before it ended: then it begins there. What overlaps by more
// (several recordings, a clock that was set) goes onto further tracks of the thread. Not thread-safe. Memory:
// some tracks for each thread.
class ChromeTrace {
 public:
  // `base_ns`: what is 0 in the file (in microseconds a double could not hold the time since 1970 and
  // nanoseconds).
  explicit ChromeTrace(std::int64_t base_ns) : base_ns_(base_ns) {}

  [[nodiscard]] std::string begin() const;
  // `name`, `error`: as the source of the event calls them. False: it has no time, and no slice.
  bool append(std::string& to, const SyscallEvent& event, std::string_view name, std::string_view category,
              std::string_view error);
  [[nodiscard]] static std::string end();
  // Calls that are not on the first track of their thread, and those for which there was no track: drawn
  // later, and shorter.
  [[nodiscard]] std::uint64_t beside() const { return beside_; }
  [[nodiscard]] std::uint64_t moved() const { return moved_; }

 private:
  static constexpr std::size_t kMostLanes = 8;
  struct Thread {
    std::array<std::int64_t, kMostLanes> end_ns{};  // of the latest slice of each track
    std::size_t lanes = 0;
    std::array<char, 16> comm{};
  };
  void name_track(std::string& to, const SyscallEvent& event, std::size_t lane);
  std::size_t lane_for(std::string& to, const SyscallEvent& event);
  void item(std::string& to, const std::string& json);

  std::int64_t base_ns_;
  bool first_ = true;
  std::unordered_map<std::int32_t, Thread> threads_;
  std::uint64_t beside_ = 0, moved_ = 0;
};

}  // namespace latimer
