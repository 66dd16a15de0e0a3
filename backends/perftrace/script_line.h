// One line of `perf script` -> one record. Pure: no state, no allocation; the views point into the line.
//
// The format (perf 6.1, tools/perf/builtin-script.c; the values are those of the tracepoints raw_syscalls and
// syscalls, include/trace/events/syscalls.h), with the default fields or any of -F
// comm,pid,tid,cpu,time,event,trace:
//
//               ls 29490 [000]  2007.849883: raw_syscalls:sys_enter: NR 12 (0, 7ffcf94f8cbc, 0, 37f, 0, 0)
//               ls 29490 [000]  2007.849884:  raw_syscalls:sys_exit: NR 12 = 94815791992832
//       python3.11 29456/29456 [001]  2004.563339872:  raw_syscalls:sys_exit: NR 59 = 0
//              cat  7852 [001] 61892.984490:  syscalls:sys_exit_openat: 0xfffffffffffffffe
//               ls 29490 [000]  2007.849883: PERF_RECORD_FORK(29491:29491):(29490:29490)
//
// The command's name may hold anything, so the line is read from the event's name to both sides.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace latimer::perftrace {

enum class ScriptKind : std::uint8_t {
  enter,
  exit,
  renamed,   // the task has another command name (PERF_RECORD_COMM); `comm` is the new one
  executed,  // the same by execve; `tid` is the process's from now on
  forked,    // task `other` of process `other_process` was made
  ended,     // the task is gone
  lost,      // `count` samples, or `count` 0: an unknown number of them
};

struct ScriptRecord {
  ScriptKind kind = ScriptKind::enter;
  std::int32_t tid = 0;
  std::int32_t process = 0;  // 0: not said
  std::int32_t other = 0, other_process = 0;
  std::int32_t number = -1;  // raw_syscalls; -1 in an exit: the kernel had forgotten it (rt_sigreturn)
  std::int64_t time_ns = 0;  // of the perf clock
  std::int64_t value = 0;    // exit: what the kernel returns; an error is its negative number
  std::uint64_t count = 0;
  std::string_view comm;
  std::string_view name;  // syscalls:*: of the call, as the tracepoint has it; empty: `number` tells
  std::string_view args;  // enter: between the parentheses, or behind the name
};

struct ScriptIgnored {
  std::string_view kind;  // "blank", "header", "stack", "other event"
};

// `column`: byte where reading stopped.
struct ScriptRejected {
  std::string_view reason;
  std::size_t column = 0;
};

using ScriptParsed = std::variant<ScriptRecord, ScriptIgnored, ScriptRejected>;

[[nodiscard]] ScriptParsed parse_script_line(std::string_view line);

}  // namespace latimer::perftrace
