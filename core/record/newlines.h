// Where lines end, all at once: searching for one after the other costs a wrong guess of the CPU for nearly
// every line, because their lengths differ.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace latimer {

// Bytes behind the text that are read, too.
constexpr std::size_t kNewlinesPadding = 64;

// The places of the newlines in text[0, size), size below 4 GiB, into `ends`, which grows as needed and never
// shrinks. Returns how many there are.
[[nodiscard]] std::size_t find_newlines(const char* text, std::size_t size, std::vector<std::uint32_t>& ends);

}  // namespace latimer
