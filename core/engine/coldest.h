// What to give up when there is no room for more rows: those with the least time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace latimer {

// About half of `map` goes, those whose `activity` has the least time, so that what is hot stays whatever
// comes. `drop(value)` is called for each before.
template <typename Map, typename Drop>
void drop_coldest_half(Map& map, Drop drop) {
  using Weight = std::pair<std::uint64_t, std::uint64_t>;
  const auto weight_of = [](const auto& entry) {
    return Weight(entry.second.activity.sum().total_ns, entry.second.activity.sum().count);
  };
  std::vector<Weight> weights;
  weights.reserve(map.size());
  for (const auto& entry : map) weights.push_back(weight_of(entry));
  if (weights.empty()) return;
  const auto middle = weights.begin() + static_cast<std::ptrdiff_t>(weights.size() / 2);
  std::nth_element(weights.begin(), middle, weights.end());
  const Weight limit = *middle;
  for (auto at = map.begin(); at != map.end();) {
    if (weight_of(*at) > limit) {
      ++at;
      continue;
    }
    drop(at->second);
    at = map.erase(at);
  }
}

}  // namespace latimer
