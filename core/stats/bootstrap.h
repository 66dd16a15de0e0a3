// Comparing runs: the run is the unit, never the call. What a run came to (a quantile, a duration, a rate) is
// one number; two sets of such numbers are compared by the shift, or the ratio, of their medians, with the
// percentile bootstrap's interval (Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13).
#pragma once

#include <cstdint>
#include <span>

namespace latimer {

// Any unit; the mean of the two middle ones when they are even in number. NaN: no values.
[[nodiscard]] double median(std::span<const double> values);

struct Interval {
  double estimate = 0;  // of the values themselves
  double low = 0, high = 0;
};

struct BootstrapOptions {
  double level = 0.95;     // the part of resamplings that lies in the interval; 0 to 1
  unsigned rounds = 2000;  // resamplings
  std::uint64_t seed = 1;  // the same values, options and seed give the same interval, on every machine
};

// median(b) - median(a), and median(b) / median(a), each set resampled on its own. With fewer than two values
// in a set nothing is known of its spread: the interval is infinite (0 to infinity for the ratio). NaN: an
// empty set.
[[nodiscard]] Interval shift_of_medians(std::span<const double> a, std::span<const double> b,
                                        const BootstrapOptions& options = {});
[[nodiscard]] Interval ratio_of_medians(std::span<const double> a, std::span<const double> b,
                                        const BootstrapOptions& options = {});

// The median of pairs' ratios b[i] / a[i], pairs resampled whole: for runs made in turn, whose common noise
// cancels in the pair. Preconditions: as many in `a` as in `b`, none of `a` is 0.
[[nodiscard]] Interval median_of_ratios(std::span<const double> a, std::span<const double> b,
                                        const BootstrapOptions& options = {});

}  // namespace latimer
