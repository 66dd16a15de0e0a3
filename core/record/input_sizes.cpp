#include "core/record/input_sizes.h"

#include <filesystem>

namespace latimer {

std::optional<std::uint64_t> size_of_all(const std::vector<std::string>& inputs) {
  std::uint64_t total = 0;
  for (const std::string& input : inputs) {
    std::error_code error;
    if (input == "-" || !std::filesystem::is_regular_file(input, error)) return std::nullopt;
    total += std::filesystem::file_size(input, error);
    if (error) return std::nullopt;
  }
  return total;
}

}  // namespace latimer
