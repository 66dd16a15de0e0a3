#include "core/stats/bootstrap.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace latimer {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

double median_in_place(std::vector<double>& values) {
  if (values.empty()) return kUnknown;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

// std::uniform_int_distribution may differ between libraries; this does not. Its bias (below size / 2^64) is
// nothing.
std::size_t draw(std::mt19937_64& random, std::size_t size) { return random() % size; }

void resample(std::span<const double> from, std::vector<double>& into, std::mt19937_64& random) {
  into.resize(from.size());
  for (double& value : into) value = from[draw(random, from.size())];
}

// The `statistic`s of all resamplings, and what lies within the level.
template <typename Statistic>
Interval bounds(double estimate, const BootstrapOptions& options, Statistic&& statistic) {
  std::mt19937_64 random(options.seed);
  std::vector<double> values;
  values.reserve(options.rounds);
  for (unsigned round = 0; round < options.rounds; ++round) values.push_back(statistic(random));
  std::sort(values.begin(), values.end());
  const double tail = (1 - options.level) / 2;
  const auto at = [&values](double share) {
    const double last = static_cast<double>(values.size() - 1);
    return values[static_cast<std::size_t>(std::lround(share * last))];
  };
  return {estimate, at(tail), at(1 - tail)};
}

template <typename Combine>
Interval of_medians(std::span<const double> a, std::span<const double> b, const BootstrapOptions& options,
                    double least, Combine&& combine) {
  const double estimate = combine(median(a), median(b));
  if (a.empty() || b.empty()) return {kUnknown, kUnknown, kUnknown};
  if (a.size() < 2 || b.size() < 2) return {estimate, least, kInfinity};
  std::vector<double> drawn_a, drawn_b;
  return bounds(estimate, options, [&](std::mt19937_64& random) {
    resample(a, drawn_a, random);
    resample(b, drawn_b, random);
    return combine(median_in_place(drawn_a), median_in_place(drawn_b));
  });
}

}  // namespace

double median(std::span<const double> values) {
  std::vector<double> copy(values.begin(), values.end());
  return median_in_place(copy);
}

Interval shift_of_medians(std::span<const double> a, std::span<const double> b,
                          const BootstrapOptions& options) {
  return of_medians(a, b, options, -kInfinity, [](double of_a, double of_b) { return of_b - of_a; });
}

Interval ratio_of_medians(std::span<const double> a, std::span<const double> b,
                          const BootstrapOptions& options) {
  return of_medians(a, b, options, 0, [](double of_a, double of_b) { return of_b / of_a; });
}

Interval median_of_ratios(std::span<const double> a, std::span<const double> b,
                          const BootstrapOptions& options) {
  assert(a.size() == b.size());
  std::vector<double> ratios;
  for (std::size_t i = 0; i < a.size(); ++i) ratios.push_back(b[i] / a[i]);
  if (ratios.empty()) return {kUnknown, kUnknown, kUnknown};
  const double estimate = median(ratios);
  if (ratios.size() < 2) return {estimate, 0, kInfinity};
  std::vector<double> drawn;
  return bounds(estimate, options, [&](std::mt19937_64& random) {
    resample(ratios, drawn, random);
    return median_in_place(drawn);
  });
}

}  // namespace latimer
