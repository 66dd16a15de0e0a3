// What a log that a tracer wrote earlier says of itself, and what was read of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace latimer {

struct LogInput {
  std::string name;                   // as given, or found in a given folder; "-": standard input
  std::string compression;            // "gzip", "zstd"; empty: none
  std::uint64_t bytes = 0;            // read, as they lie on disk
  std::optional<std::uint64_t> size;  // of the file; nullopt: a pipe
  std::string columns;                // what each line begins with, as the tracer's flags: "-f -ttt"
};

struct LogInfo {
  std::vector<LogInput> inputs;  // in the order in which they were read; the first 100
  std::uint64_t input_count = 0;
  bool whole = false;            // all of them were read to their ends
  std::uint64_t text_bytes = 0;  // decompressed
  std::uint64_t runs = 0;        // of the tracer, as far as they can be told apart
  bool durations = false;        // some call has one (strace -T)
  // From the first time stamp to the end of the last call; nullopt: no time stamps, or several logs whose
  // clocks have nothing in common.
  std::optional<std::uint64_t> span_ns;
  std::optional<std::int64_t> start_realtime_ns;  // first time stamp; nullopt: without a date
  std::optional<std::int64_t> end_realtime_ns;
  std::uint64_t duration_step_ns = 1;  // what the last digit of a duration stands for
  std::uint64_t tabulated = 0;         // calls known from the tracer's own summary (strace -c) alone
};

}  // namespace latimer
