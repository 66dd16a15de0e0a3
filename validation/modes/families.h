// The distributions that find_modes() is measured with.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace latimer::validation {

using Random = std::mt19937_64;
using Draw = std::function<double(Random&)>;

// A distribution of durations; unit: its median (of the fast mode, for a mixture).
struct Family {
  std::string name;
  Draw draw;
};

// Their densities over log(duration) have one mode each (a plateau counts as one).
[[nodiscard]] std::vector<Family> unimodal_families();

// A share of 1 - `slow_share` around 1 and the rest around `factor`, both lognormal with the same `sigma` (of
// the natural logarithm).
struct Mixture {
  double factor = 1;
  double slow_share = 0;
  double sigma = 0;

  [[nodiscard]] double operator()(Random& random) const;

  // Valley by lower peak of the true density over log(duration); nullopt: it has one mode.
  [[nodiscard]] std::optional<double> dip() const;
};

[[nodiscard]] std::vector<Mixture> mixtures();

}  // namespace latimer::validation
