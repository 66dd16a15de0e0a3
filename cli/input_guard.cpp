#include "cli/input_guard.h"

#include <fmt/format.h>

#include <filesystem>

namespace latimer {

Status check_apart(const std::vector<std::string>& inputs, const std::string& output) {
  std::error_code ignored;  // what cannot be compared is not there
  if (!std::filesystem::is_regular_file(output, ignored)) return {};
  const std::filesystem::path absolute = std::filesystem::absolute(output, ignored);
  for (const std::string& input : inputs) {
    if (std::filesystem::equivalent(input, output, ignored) ||
        std::filesystem::equivalent(input, absolute.parent_path(), ignored)) {
      return Error{Errc::usage, fmt::format("--output {}: that is one of the logs to read", output),
                   "a report there would overwrite it: give another file"};
    }
  }
  return {};
}

Status check_apart(const Target& target, const std::string& output) {
  const auto* logs = std::get_if<LogTarget>(&target);
  return logs == nullptr ? Status{} : check_apart(logs->inputs, output);
}

}  // namespace latimer
