// Traces for chrome://tracing and Perfetto: the JSON Array Format's object form of "Trace Event Format"
// (Google, 2016): one track for each thread, a slice ("X") for each call.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/model/syscall_event.h"

namespace latimer {

// Text of the file, piece by piece. Slices of a thread never overlap: a tracer that rounds may say that a
// call began before the one before it ended; then it begins there. Not thread-safe. Memory: one entry for
// each thread.
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

 private:
  struct Track {
    std::int64_t end_ns = 0;  // of its latest slice
    std::array<char, 16> comm{};
  };
  void name_track(std::string& to, const SyscallEvent& event);
  void item(std::string& to, const std::string& json);

  std::int64_t base_ns_;
  bool first_ = true;
  std::unordered_map<std::int32_t, Track> tracks_;
};

}  // namespace latimer
