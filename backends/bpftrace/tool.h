// The bpftrace program: where it is and what it can do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/result.h"
#include "core/sys/tool_process.h"

namespace latimer::bpftrace {

// The oldest whose language and output were tried: tuples in maps, print() of values, -k.
inline constexpr ToolVersion kOldest{0, 17};

struct Tool {
  std::string path;
  ToolVersion version;
  std::string version_text;  // "0.17.0", as bpftrace says it
};

// Of what `bpftrace --version` prints: "bpftrace v0.17.0".
[[nodiscard]] Result<ToolVersion> parse_version(std::string_view output, std::string& text);

// Searches PATH and asks the program. not_found, unsupported (too old), unavailable (does not run).
[[nodiscard]] Result<Tool> find_tool();

// For a bpftrace that runs Latimer's program: messages in English, `ring_bytes` of buffers between kernel and
// bpftrace in all (0: a default), room for every thread in its maps unless BPFTRACE_MAP_KEYS_MAX says
// otherwise, and no other settings of somebody's own.
[[nodiscard]] std::vector<std::string> environment(std::uint64_t ring_bytes);

// Pages of one CPU's buffer, a power of two, of `bytes` for all CPUs.
[[nodiscard]] std::uint64_t pages_per_cpu(std::uint64_t bytes, unsigned cpus);

}  // namespace latimer::bpftrace
