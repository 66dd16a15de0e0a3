#include "core/stats/call_interval.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace latimer {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kNormal = 1.959964;  // the 97.5 % point of the normal distribution
constexpr double kTail = 0.025;

constexpr std::array<double, 30> kStudent = {
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120,  2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042};

double low_edge(const Histogram& calls, std::size_t bucket) {
  return static_cast<double>(lat_bucket_lo(static_cast<unsigned>(bucket), calls.sub_bits()));
}

double high_edge(const Histogram& calls, std::size_t bucket) {
  return static_cast<double>(lat_bucket_hi(static_cast<unsigned>(bucket), calls.sub_bits()));
}

// The value that a share of the calls lies below, as if calls were spread evenly over their bucket.
double value_at(const Histogram& calls, double share) {
  const auto least = static_cast<double>(calls.min().value_or(0));
  const auto most = static_cast<double>(calls.max().value_or(0));
  if (share <= 0) return least;
  if (share >= 1) return most;
  const double rank = share * static_cast<double>(calls.count());
  double seen = 0;
  for (std::size_t i = 0; i < calls.buckets().size(); ++i) {
    const auto here = static_cast<double>(calls.buckets()[i]);
    if (here > 0 && seen + here >= rank) {
      const double lo = low_edge(calls, i);
      // The last bucket has no upper edge.
      const double hi = i + 1 == LAT_BUCKETS(calls.sub_bits()) ? std::max(most, lo) : high_edge(calls, i);
      return std::clamp(lo + (hi - lo) * (rank - seen) / here, std::min(least, most), most);
    }
    seen += here;
  }
  return most;
}

double mean_of(const Histogram& calls) {
  return static_cast<double>(calls.sum()) / static_cast<double>(calls.count());
}

double middle(const Histogram& calls, std::size_t bucket) {
  return (low_edge(calls, bucket) + high_edge(calls, bucket)) / 2;
}

double variance_of(const Histogram& calls) {
  const double mean = mean_of(calls);
  double squares = 0;
  for (std::size_t i = 0; i < calls.buckets().size(); ++i) {
    if (calls.buckets()[i] == 0) continue;
    const double away = middle(calls, i) - mean;
    squares += static_cast<double>(calls.buckets()[i]) * away * away;
  }
  return squares / static_cast<double>(calls.count());
}

double calls_up_to(const Histogram& calls, std::uint64_t ns) {
  const std::size_t end = lat_bucket(ns, calls.sub_bits()) + 1ULL;
  double sum = 0;
  for (std::size_t i = 0; i < std::min(end, calls.buckets().size()); ++i)
    sum += static_cast<double>(calls.buckets()[i]);
  return sum;
}

Histogram together(std::span<const Histogram> slices) {
  Histogram all;
  for (const Histogram& slice : slices) all.merge(slice);
  return all;
}

// `error_of`: by how much a slice's sum misses what its number of calls lets expect; `variance`: of one call.
template <typename ErrorOf>
double design_effect(std::span<const Histogram> slices, double assumed, double calls, double variance,
                     ErrorOf&& error_of) {
  double squares = 0;
  double used = 0;
  for (const Histogram& slice : slices) {
    if (slice.count() == 0) continue;
    const double error = error_of(slice);
    squares += error * error;
    ++used;
  }
  if (used < static_cast<double>(kFewestSlices)) return assumed;
  if (variance <= 0) return 1;
  const double widened = student_t(used - 1) / kNormal;
  return std::max(1.0, used / (used - 1) * squares / (calls * variance) * widened * widened);
}

}  // namespace

double student_t(double degrees) {
  if (!(degrees >= 1)) return kInfinity;
  if (degrees < static_cast<double>(kStudent.size()) + 1)
    return kStudent[static_cast<std::size_t>(degrees) - 1];
  return kNormal + 2.5 / degrees;  // within 0.002 of the true value
}

double assumed_quantile_effect(double q) {
  constexpr std::array<std::pair<double, double>, 5> kEffects = {
      {{0.001, 3.8}, {0.01, 5.9}, {0.05, 8.6}, {0.1, 10.2}, {0.5, 13.3}}};
  const double outer = std::min(q, 1 - q);
  constexpr double kRounding = 1e-9;  // 1 - 0.999 is not 0.001
  for (const auto& [share, effect] : kEffects) {
    if (outer <= share + kRounding) return effect;
  }
  return kEffects.back().second;
}

Interval quantile_interval(const Histogram& calls, double q, double design_effect) {
  const auto estimate = calls.quantile(q);
  if (!estimate) return {kUnknown, kUnknown, kUnknown};
  const auto middle = static_cast<double>(*estimate);
  const double worth = static_cast<double>(calls.count()) / design_effect;
  const double half = kNormal * std::sqrt(q * (1 - q) / worth);
  const bool has_low = std::pow(1 - q, worth) <= kTail;
  const bool has_high = std::pow(q, worth) <= kTail;
  return {middle, has_low ? std::min(middle, value_at(calls, q - half)) : 0,
          has_high ? std::max(middle, value_at(calls, q + half)) : kInfinity};
}

Interval mean_interval(const Histogram& calls, double design_effect) {
  if (calls.count() == 0) return {kUnknown, kUnknown, kUnknown};
  const double mean = mean_of(calls);
  const double worth = static_cast<double>(calls.count()) / design_effect;
  if (worth < 2) return {mean, 0, kInfinity};
  const double half = student_t(worth - 1) * std::sqrt(variance_of(calls) / (worth - 1));
  return {mean, std::max(0.0, mean - half), mean + half};
}

double quantile_design_effect(std::span<const Histogram> slices, double q) {
  const Histogram all = together(slices);
  const auto value = all.quantile(q);
  if (!value) return assumed_quantile_effect(q);
  const auto calls = static_cast<double>(all.count());
  const double share = calls_up_to(all, *value) / calls;
  return design_effect(slices, assumed_quantile_effect(q), calls, share * (1 - share),
                       [&](const Histogram& slice) {
                         return calls_up_to(slice, *value) - share * static_cast<double>(slice.count());
                       });
}

double mean_design_effect(std::span<const Histogram> slices) {
  const Histogram all = together(slices);
  if (all.count() == 0) return kAssumedMeanEffect;
  const double mean = mean_of(all);
  return design_effect(slices, kAssumedMeanEffect, static_cast<double>(all.count()), variance_of(all),
                       [&](const Histogram& slice) {
                         return static_cast<double>(slice.sum()) - mean * static_cast<double>(slice.count());
                       });
}

}  // namespace latimer
