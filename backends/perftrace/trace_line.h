// One record of `perf trace` -> what it says. Pure: no state, no allocation; the views point into the text.
//
// The format (perf 6.1, tools/perf/builtin-trace.c), with or without -T, --comm and colours:
//
//      0.061 ( 0.019 ms): true/27430 brk()                                        = 0x55a916aea000
//      3.818 (         ): mtloop/24234 clock_nanosleep(rqtp: 0x7f4f50451e80)                              ...
//      3.818 (10.107 ms): mtloop/24234  ... [continued]: clock_nanosleep())                             = 0
//          ? (         ): true/27430  ... [continued]: execve())                                        = 0
//    108.459 (         ): sh/25804 exit_group(error_code: 5)                                             = ?
//      1.201 ( 0.080 ms): cat/5245 read(fd: 3) = -1 (unknown) (INTERNAL ERROR: strerror_r(512, [buf],
//      128)=22)
//
// Commands' names and the paths of descriptors may hold anything, newlines included: then a record is made of
// several lines, and the first of them is TraceIncomplete.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace latimer::perftrace {

enum class TraceKind : std::uint8_t {
  whole,      // entered and left
  entered,    // "...": another record came between
  continued,  // "[continued]": left; the times are those of the entry
};

enum class TraceReturn : std::uint8_t {
  value,
  error,
  unknown,  // nothing behind the "=", or the names of flags (fcntl): it was no error
  never,    // "?"
  missing,  // it has only been entered
};

struct TraceRecord {
  TraceKind kind = TraceKind::whole;
  TraceReturn returned = TraceReturn::missing;
  std::optional<std::int64_t>
      start_ns;  // of the entry, perf's clock or since the first record; in microseconds
  std::optional<std::int64_t>
      duration_ns;         // in microseconds; nullopt: not said, or below 0 (printed as 2^64 less)
  bool backwards = false;  // the duration was below 0: two CPUs' clocks
  std::int32_t tid = 0;    // 0: not said, there is only one
  std::int64_t value = 0;
  std::int32_t error = 0;  // positive; ERESTART* included
  std::string_view comm;
  std::string_view name;
  std::string_view args;  // as printed, without the parentheses
};

struct TraceLost {
  std::uint64_t count = 0;  // "LOST 1324 events!"
};

struct TraceIgnored {
  std::string_view kind;  // "blank", "summary", "page fault", "other event", "stack", "sample"
};

// It begins like a record and has no end.
struct TraceIncomplete {};

// `column`: byte where reading stopped.
struct TraceRejected {
  std::string_view reason;
  std::size_t column = 0;
};

using TraceParsed = std::variant<TraceRecord, TraceLost, TraceIgnored, TraceIncomplete, TraceRejected>;

[[nodiscard]] TraceParsed parse_trace_line(std::string_view line);

}  // namespace latimer::perftrace
