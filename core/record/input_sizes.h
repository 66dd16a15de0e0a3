// How much there is to read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace latimer {

// Bytes of all of them as they lie on disk; nullopt: one is no regular file, or standard input ("-").
[[nodiscard]] std::optional<std::uint64_t> size_of_all(const std::vector<std::string>& inputs);

}  // namespace latimer
