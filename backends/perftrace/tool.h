// The perf program: where it is and what it can do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/model/result.h"
#include "core/sys/tool_process.h"

namespace latimer::perftrace {

// perf record --control, which says when recording has begun (Linux commit d20aff1512e1, perf 5.10).
inline constexpr ToolVersion kControl{5, 10};

struct Tool {
  std::string path;
  ToolVersion version;
  std::string version_text;  // "6.1.192", as perf says it
};

// Of what `perf --version` prints: "perf version 6.1.192".
[[nodiscard]] Result<ToolVersion> parse_version(std::string_view output, std::string& text);

// Searches PATH and asks the program. not_found, unsupported (too old), unavailable (does not run).
[[nodiscard]] Result<Tool> find_tool();

// For whatever perf runs: messages in English, and no settings of somebody's own.
[[nodiscard]] std::vector<std::string> environment();

}  // namespace latimer::perftrace
