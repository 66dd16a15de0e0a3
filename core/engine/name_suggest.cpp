#include "core/engine/name_suggest.h"

#include <algorithm>
#include <tuple>

namespace latimer {
namespace {

// A word much longer than any name is no mistyped name; the bound keeps the quadratic distance cheap.
constexpr std::size_t kLongestWord = 64;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::size_t common_prefix(std::string_view a, std::string_view b) {
  const auto ends = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<std::size_t>(ends.first - a.begin());
}

struct Scored {
  std::size_t distance;
  std::size_t unlike;  // length of the word minus the common prefix: fewer is better
  std::string_view name;
};

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  const std::size_t width = b.size() + 1;
  std::vector<std::size_t> before(width);  // two rows up
  std::vector<std::size_t> above(width);
  std::vector<std::size_t> row(width);
  for (std::size_t j = 0; j < width; ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j < width; ++j) {
      const std::size_t replace = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

std::vector<std::string_view> nearest_names(std::string_view word,
                                            const std::vector<std::string_view>& candidates,
                                            std::size_t limit) {
  if (word.empty() || word.size() > kLongestWord) return {};
  const std::string wanted = lower(word);
  const std::size_t allowed = std::max<std::size_t>(1, (wanted.size() + 1) / 3);
  std::vector<Scored> scored;
  for (const std::string_view name : candidates) {
    const std::string known = lower(name);
    std::size_t distance = edit_distance(wanted, known);
    const std::size_t prefix = common_prefix(wanted, known);
    const bool begins = prefix >= 3 && prefix == std::min(wanted.size(), known.size());
    if (distance > allowed && !begins) continue;
    // A name that goes on where the word ends ("pread" -> "pread64") is nearer than its letters say.
    if (begins) distance = std::min(distance, allowed);
    scored.push_back({distance, wanted.size() - prefix, name});
  }
  std::sort(scored.begin(), scored.end(), [](const Scored& a, const Scored& b) {
    return std::tuple(a.distance, a.unlike, a.name.size(), a.name) <
           std::tuple(b.distance, b.unlike, b.name.size(), b.name);
  });
  std::vector<std::string_view> names;
  for (const Scored& entry : scored) {
    if (names.size() == limit) break;
    if (std::find(names.begin(), names.end(), entry.name) == names.end()) names.push_back(entry.name);
  }
  return names;
}

std::string did_you_mean(const std::vector<std::string_view>& names) {
  if (names.empty()) return {};
  std::string text = "; did you mean ";
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
    text += names[i];
  }
  return text + "?";
}

}  // namespace latimer
