// The strace program: where it is, what it can do, how it is called.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "backends/strace/line.h"
#include "core/model/result.h"
#include "core/sys/tool_process.h"

namespace latimer::strace {

using Version = ToolVersion;

inline constexpr Version kOldest{5, 0};          // older ones name things differently
inline constexpr Version kLongOptions{5, 6};     // --absolute-timestamps, --syscall-times (strace's NEWS)
inline constexpr Version kSyscallNumbers{5, 9};  // -n
inline constexpr Version kCommColumn{5, 15};     // -Y

struct Tool {
  std::string path;
  Version version;
  std::string version_text;  // "6.1", as strace says it
};

// First line of `strace -V`: "strace -- version 6.1".
[[nodiscard]] Result<Version> parse_version(std::string_view output, std::string& text);

// Searches PATH and asks the program. not_found, unsupported (too old), unavailable (does not run).
[[nodiscard]] Result<Tool> find_tool();

struct CallOptions {
  std::vector<std::int32_t> pids;  // to attach to
  std::string trace;               // of -e trace=
  bool comm = false;               // wanted with each line, if this strace can
  bool details = false;            // lists of descriptors in full
};

struct Invocation {
  std::vector<std::string> argv;
  std::vector<std::string> environment;
  Layout layout;
};

// Arguments for tracing by attaching, with the trace on standard output (a pipe).
[[nodiscard]] Invocation make_invocation(const Tool& tool, const CallOptions& options);

}  // namespace latimer::strace
