// What all tracers that are programs of their own have in common when they are run.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/result.h"

namespace latimer {

// Latimer's own environment, but with messages in English: they are read. Without the variables in `without`.
[[nodiscard]] std::vector<std::string> plain_environment(const std::vector<std::string_view>& without = {});

struct ToolVersion {
  int major = 0;
  int minor = 0;
  auto operator<=>(const ToolVersion&) const = default;
};

// "6.1", "6.1.192", "6.1.0.43.abcd", "6". nullopt: it does not begin with a number.
[[nodiscard]] std::optional<ToolVersion> version_in(std::string_view text);

// What a tool prints, on both its outputs, before it ends. `argv`: with argv[0]. An error: it cannot be run,
// or does not end within 5 s.
[[nodiscard]] Result<std::string> output_of(const std::string& path, const std::vector<std::string>& argv);

}  // namespace latimer
