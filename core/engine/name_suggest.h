// "did you mean": the known names nearest to a mistyped one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace latimer {

// Edits that make `b` of `a`: insert, delete, replace a character, or swap two neighbours (optimal string
// alignment).
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// At most `limit` of `candidates`, best first; duplicates appear once. Near means at most a third of the
// word's length wrong (at least one character), or one begins with the other. Upper and lower case are the
// same.
[[nodiscard]] std::vector<std::string_view> nearest_names(std::string_view word,
                                                          const std::vector<std::string_view>& candidates,
                                                          std::size_t limit = 3);

// "; did you mean a, b or c?", or "" when there is nothing to suggest.
[[nodiscard]] std::string did_you_mean(const std::vector<std::string_view>& names);

}  // namespace latimer
