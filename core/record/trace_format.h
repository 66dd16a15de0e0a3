// Latimer's own trace files: one row for each call, as RFC 4180 has it (lines end with LF).
// docs/trace-format.md is the specification.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/model/syscall_event.h"

namespace latimer {

// Changes when a reader of the version before would misunderstand something.
inline constexpr int kTraceVersion = 1;
inline constexpr std::string_view kTraceFormat = "latimer-trace";

enum class TraceColumn : std::uint8_t {
  timestamp_ns,  // of the call's beginning; CLOCK_REALTIME
  duration_ns,
  pid,
  tid,
  comm,
  abi,
  syscall_nr,
  syscall,
  return_value,  // as the kernel has it: -errno on failure
  error,
  fd,
  path,
  args,
  flags,
};
inline constexpr std::size_t kTraceColumns = 14;
inline constexpr std::array<std::string_view, kTraceColumns> kTraceColumnNames = {
    "timestamp_ns", "duration_ns",  "pid",   "tid", "comm", "abi",  "syscall_nr",
    "syscall",      "return_value", "errno", "fd",  "path", "args", "flags"};

// Rows that are no calls: the first column says what they are instead, and args has JSON.
inline constexpr std::string_view kTraceBegin = "#begin";
inline constexpr std::string_view kTraceEnd = "#end";

// Words of the last column, joined by '|'.
struct TraceFlag {
  std::string_view word;
  std::uint8_t event_flag;  // EventFlag, or 0:
  EventKind kind;           // what kind of event it is
};
inline constexpr std::array<TraceFlag, 8> kTraceFlags = {{
    {"continuation", kContinuation, EventKind::completed},
    {"clamped", kClamped, EventKind::completed},
    {"back_pressure", kBackPressure, EventKind::completed},
    {"half_seen", kHalfSeen, EventKind::completed},
    {"refused", 0, EventKind::refused},
    {"no_return", 0, EventKind::no_return},
    {"killed", 0, EventKind::killed_inside},
    {"began_before", 0, EventKind::began_before},
}};

// Behind the words of kTraceFlags: the duration is the difference of two of the tracer's time stamps.
inline constexpr std::string_view kTracePaired = "paired";

// The header line, without its end.
[[nodiscard]] std::string trace_header();

// Whether a file that begins like this is one of these.
[[nodiscard]] bool is_trace(std::string_view beginning);

// The arguments in strace's way: "3, 0x7ffc5a2b, 4096", `AT_FDCWD, "/etc/passwd", 0x80000`. What a text
// tracer printed stays as it is.
void append_arguments(std::string& to, const SyscallEvent& event);

// A field that holds anything, for a column of text: escape_bytes(), quoted where it has to be; and no
// spreadsheet takes it for a formula: a first byte that is among `formula` is written as \xNN.
void append_text_field(std::string& to, std::string_view bytes, std::string_view formula = "=+-@");
// The same of text that is valid and has its escapes already: only quoted.
void append_quoted(std::string& to, std::string_view text);

// The row of a call, with its end of line. `to_realtime_ns`: what its clock is behind CLOCK_REALTIME. `name`,
// `error`: as the source of the event calls them.
void append_trace_row(std::string& to, const SyscallEvent& event, std::int64_t to_realtime_ns,
                      std::string_view name, std::string_view error);

}  // namespace latimer
