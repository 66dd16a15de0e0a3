// What the calls of one single run say about the durations that this run draws from: 95 % intervals of
// quantiles and of the mean.
//
// Calls of a run are not independent: a busy disk makes a hundred calls slow, not one. n of them are worth
// n / (design effect) independent ones (Kish, Survey Sampling, 1965, 8.2). A histogram has forgotten the
// order of the calls and so cannot tell the design effect; it is assumed, or estimated where slices of the
// run are at hand. What makes whole runs differ (another placement in memory, another neighbour on the
// machine) is in no run and in none of these intervals.
#pragma once

#include <span>
#include <vector>

#include "core/stats/bootstrap.h"
#include "core/stats/histogram.h"

namespace latimer {

// Assumed: durations whose ranks go like an autoregressive Gaussian series with a correlation r = 0.9 of
// neighbours. A mean then has the design effect (1 + r) / (1 - r), or less.
inline constexpr double kAssumedMeanEffect = 19;
// The share of calls below the q quantile: 1 + 2 sum over k of the correlation of "below" with "below" k
// calls on (bivariate normal, r^k): 13.3 for the median, less for tails, which do not stay as long. q off the
// tabulated 0.5, 0.9, 0.95, 0.99, 0.999 (or 1 - these) gets the next greater one. 0 < q < 1.
[[nodiscard]] double assumed_quantile_effect(double q);

// Fewer slices give no estimate that is worth having.
inline constexpr std::size_t kFewestSlices = 20;

// Student's t, the 97.5 % point, for `degrees` of freedom rounded down; infinite below 1.
[[nodiscard]] double student_t(double degrees);

// ns. The values at the ranks q -+ 1.96 sqrt(q (1 - q) / m), m = count / design effect (David & Nagaraja,
// Order Statistics, 2003, 7.1), within a bucket by proportion. An end that m calls cannot tell (all of them
// lie on one side of the quantile in more than 2.5 % of all cases) is 0 or infinite. The estimate is
// Histogram::quantile(). Widths of buckets are not in it: they belong into the margin. NaN: no calls.
// Preconditions: 0 < q < 1, design_effect >= 1.
[[nodiscard]] Interval quantile_interval(const Histogram& calls, double q, double design_effect);

// ns. Student's interval with m - 1 degrees of freedom, the variance from the buckets; 0 to infinity when m
// is below 2. NaN: no calls.
[[nodiscard]] Interval mean_interval(const Histogram& calls, double design_effect);

// The design effect of the share of calls that last no longer than the q quantile, and of the mean, from the
// histograms of a run's slices, which follow each other in time: a cluster sample's, by its ratio estimator
// (Cochran, Sampling Techniques, 1977, chapters 6 and 9A), enlarged for the uncertainty of its own. Slices
// have to be longer than what slows calls down together. At least 1; what is assumed when fewer than
// kFewestSlices slices have calls.
[[nodiscard]] double quantile_design_effect(std::span<const Histogram> slices, double q);
[[nodiscard]] double mean_design_effect(std::span<const Histogram> slices);

}  // namespace latimer
