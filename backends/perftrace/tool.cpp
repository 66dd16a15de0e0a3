#include "backends/perftrace/tool.h"

#include "core/model/text_escape.h"
#include "core/sys/child_process.h"

namespace latimer::perftrace {
namespace {

constexpr const char* kInstallHint = "apt install linux-perf (elsewhere: perf, linux-tools)";

}  // namespace

Result<ToolVersion> parse_version(std::string_view output, std::string& text) {
  constexpr std::string_view kBefore = "perf version ";
  const std::string_view line = output.substr(0, output.find('\n'));
  // Some distributions' perf is a script that looks for the running kernel's own, and complains.
  if (!line.starts_with(kBefore))
    return Error{Errc::unavailable, "perf --version did not say its version but '" + escape_bytes(line) + "'",
                 kInstallHint};
  text = line.substr(kBefore.size());
  const std::optional<ToolVersion> version = version_in(text);
  if (!version) return Error{Errc::unavailable, "perf --version names no version number: " + text, ""};
  return *version;
}

Result<Tool> find_tool() {
  Tool tool;
  Result<std::string> path = resolve_command("perf");
  if (!path) return Error{Errc::not_found, "perf is not installed", kInstallHint};
  tool.path = *std::move(path);
  Result<std::string> output = output_of(tool.path, {"perf", "--version"});
  if (!output) return std::move(output).error();
  Result<ToolVersion> version = parse_version(*output, tool.version_text);
  if (!version) return std::move(version).error();
  tool.version = *version;
  if (tool.version < kControl) {
    return Error{Errc::unsupported, "perf " + tool.version_text + " is too old: 5.10 or newer is needed",
                 kInstallHint};
  }
  return tool;
}

std::vector<std::string> environment() {
  std::vector<std::string> variables = plain_environment({"PERF_CONFIG"});
  variables.emplace_back("PERF_CONFIG=/dev/null");
  return variables;
}

}  // namespace latimer::perftrace
