#include "core/stats/change.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "core/stats/call_interval.h"

namespace latimer {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Spread {
  double of_mean = 0;  // variance of the mean
  double degrees = 0;
};

Spread spread_of(std::span<const double> values) {
  const auto size = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / size;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {squares / (size - 1) / size, size - 1};
}

// Half the width of Welch's interval for the difference of means. At least two values on each side.
double welch_half(std::span<const double> a, std::span<const double> b) {
  const Spread of_a = spread_of(a), of_b = spread_of(b);
  const double variance = of_a.of_mean + of_b.of_mean;
  if (variance <= 0) return 0;
  const double degrees =
      variance * variance /
      (of_a.of_mean * of_a.of_mean / of_a.degrees + of_b.of_mean * of_b.of_mean / of_b.degrees);
  return student_t(degrees) * std::sqrt(variance);
}

Interval at_least(const Interval& interval, double low, double high) {
  return {interval.estimate, std::min(interval.low, low), std::max(interval.high, high)};
}

Interval shift_of_runs(std::span<const double> a, std::span<const double> b,
                       const BootstrapOptions& options) {
  const Interval shift = shift_of_medians(a, b, options);
  if (a.size() < 2 || b.size() < 2) return shift;
  const double half = welch_half(a, b);
  return at_least(shift, shift.estimate - half, shift.estimate + half);
}

bool all_positive(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double value) { return value > 0; });
}

std::vector<double> logarithms(std::span<const double> values) {
  std::vector<double> result;
  for (const double value : values) result.push_back(std::log(value));
  return result;
}

std::optional<Interval> ratio_of_runs(std::span<const double> a, std::span<const double> b,
                                      const BootstrapOptions& options) {
  if (median(a) <= 0) return std::nullopt;
  // Resamplings could divide by 0 and have no ratio.
  if (!all_positive(a)) return Interval{median(b) / median(a), 0, kInfinity};
  const Interval ratio = ratio_of_medians(a, b, options);
  if (a.size() < 2 || b.size() < 2 || !all_positive(b)) return ratio;
  const double factor = std::exp(welch_half(logarithms(a), logarithms(b)));
  return at_least(ratio, ratio.estimate / factor, ratio.estimate * factor);
}

// The ends of b - a from those of b and a.
Interval mover(const Interval& a, const Interval& b) {
  const double shift = b.estimate - a.estimate;
  return {shift, shift - std::hypot(b.estimate - b.low, a.high - a.estimate),
          shift + std::hypot(b.high - b.estimate, a.estimate - a.low)};
}

Interval logarithm(const Interval& interval) {
  return {std::log(interval.estimate), std::log(interval.low), std::log(interval.high)};  // log(0): -inf
}

}  // namespace

std::string_view to_string(LatencyVerdict verdict) {
  constexpr std::array<std::string_view, 4> kNames = {"slower", "faster", "same", "unclear"};
  return kNames[static_cast<std::size_t>(verdict)];
}

std::string_view to_string(CountVerdict verdict) {
  constexpr std::array<std::string_view, 4> kNames = {"more", "fewer", "equal", "unclear"};
  return kNames[static_cast<std::size_t>(verdict)];
}

Change change_of_runs(std::span<const double> a, std::span<const double> b, const BootstrapOptions& options) {
  Change change;
  if (!a.empty()) change.a = median(a);
  if (!b.empty()) change.b = median(b);
  if (b.size() > 1) {
    const std::array<double, 2> nothing = {0, 0};
    change.of_b = shift_of_runs(nothing, b, options);
  }
  if (a.empty() || b.empty() || (a.size() == 1 && b.size() == 1)) return change;
  change.shift = shift_of_runs(a, b, options);
  change.ratio = ratio_of_runs(a, b, options);
  return change;
}

Change change_of_calls(const Interval& a, const Interval& b) {
  Change change;
  change.a = a.estimate;
  change.b = b.estimate;
  change.of_b = b;
  change.shift = mover(a, b);
  if (a.estimate <= 0) return change;
  if (b.estimate <= 0) {
    change.ratio = Interval{0, 0, kInfinity};
    return change;
  }
  const Interval ratio = mover(logarithm(a), logarithm(b));
  change.ratio = Interval{b.estimate / a.estimate, std::exp(ratio.low), std::exp(ratio.high)};
  return change;
}

LatencyVerdict judge_latency(const Interval& shift, double margin) {
  if (shift.low > margin) return LatencyVerdict::slower;
  if (shift.high < -margin) return LatencyVerdict::faster;
  if (shift.low >= -margin && shift.high <= margin) return LatencyVerdict::same;
  return LatencyVerdict::unclear;
}

std::optional<CountVerdict> judge_count(const Change& change, double margin) {
  if (!change.a || !change.b) return std::nullopt;
  const double exact = *change.b - *change.a;
  const Interval shift = change.shift.value_or(Interval{exact, exact, exact});
  const double allowed = margin * *change.a;
  if (shift.low > allowed) return CountVerdict::more;
  if (shift.high < -allowed) return CountVerdict::fewer;
  if (shift.low >= -allowed && shift.high <= allowed) return CountVerdict::equal;
  return CountVerdict::unclear;
}

}  // namespace latimer
