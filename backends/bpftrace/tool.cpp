#include "backends/bpftrace/tool.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include "backends/bpftrace/line.h"
#include "core/model/text_escape.h"
#include "core/sys/child_process.h"
#include "core/sys/proc.h"

namespace latimer::bpftrace {
namespace {

constexpr const char* kInstallHint = "apt install bpftrace";
constexpr std::uint64_t kDefaultRing = std::uint64_t{128} << 20;
constexpr std::uint64_t kMostOfOne = std::uint64_t{64} << 20;
constexpr std::uint64_t kPage = 4096;
// A key costs some 100 bytes in each of a few maps.
constexpr std::uint64_t kMostKeys = 65536;
constexpr const char* kKeys = "BPFTRACE_MAP_KEYS_MAX";

// No host has more threads than this.
std::uint64_t most_threads() {
  const std::string text = read_setting("/proc/sys/kernel/threads-max").value_or("");
  std::uint64_t threads = kMostKeys;
  std::from_chars(text.data(), text.data() + text.size(), threads);
  return std::min(threads, kMostKeys);
}

}  // namespace

Result<ToolVersion> parse_version(std::string_view output, std::string& text) {
  constexpr std::string_view kBefore = "bpftrace v";
  const std::string_view line = output.substr(0, output.find('\n'));
  if (!line.starts_with(kBefore))
    return Error{Errc::unavailable,
                 "bpftrace --version did not say its version but '" + escape_bytes(line) + "'", kInstallHint};
  text = line.substr(kBefore.size());
  const std::optional<ToolVersion> version = version_in(text);
  if (!version)
    return Error{Errc::unavailable, "bpftrace --version names no version number: " + escape_bytes(text), ""};
  return *version;
}

Result<Tool> find_tool() {
  Tool tool;
  Result<std::string> path = resolve_command("bpftrace");
  if (!path) return Error{Errc::not_found, "bpftrace is not installed", kInstallHint};
  tool.path = *std::move(path);
  Result<std::string> output = output_of(tool.path, {"bpftrace", "--version"});
  if (!output) return std::move(output).error();
  Result<ToolVersion> version = parse_version(*output, tool.version_text);
  if (!version) return std::move(version).error();
  tool.version = *version;
  if (tool.version < kOldest)
    return Error{Errc::unsupported, "bpftrace " + tool.version_text + " is too old: 0.17 or newer is needed",
                 kInstallHint};
  return tool;
}

std::uint64_t pages_per_cpu(std::uint64_t bytes, unsigned cpus) {
  return std::bit_floor(std::max(bytes / std::max(cpus, 1U) / kPage, std::uint64_t{1}));
}

std::vector<std::string> environment(std::uint64_t ring_bytes) {
  const auto cpus = static_cast<unsigned>(std::max(::sysconf(_SC_NPROCESSORS_CONF), 1L));
  std::uint64_t pages = pages_per_cpu(ring_bytes, cpus);
  if (ring_bytes == 0) pages = std::min(pages_per_cpu(kDefaultRing, cpus), kMostOfOne / kPage);
  std::vector<std::string> variables;
  for (std::string& variable : plain_environment())
    if (!variable.starts_with("BPFTRACE_")) variables.push_back(std::move(variable));
  const char* chosen = std::getenv(kKeys);
  variables.push_back(
      fmt::format("{}={}", kKeys, chosen != nullptr ? chosen : std::to_string(most_threads())));
  variables.push_back(fmt::format("BPFTRACE_PERF_RB_PAGES={}", pages));
  variables.push_back(fmt::format("BPFTRACE_STRLEN={}", kStringBytes));
  return variables;
}

}  // namespace latimer::bpftrace
