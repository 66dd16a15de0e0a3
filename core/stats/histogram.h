// Latency histogram: log-linear buckets (bucket.h) with exact count, sum, minimum and maximum beside them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "core/stats/bucket.h"

namespace latimer {

// Durations in nanoseconds. Not thread-safe. Merging and subtracting histograms of different sub_bits goes to
// the coarser scheme.
class Histogram {
 public:
  explicit Histogram(unsigned sub_bits = LAT_SUB_BITS_FINE) : sub_bits_(sub_bits) {}

  // The cumulative state of a histogram that the kernel kept. `buckets` may be shorter than the scheme (the
  // rest is 0).
  static Histogram from_raw(unsigned sub_bits, std::vector<std::uint64_t> buckets, std::uint64_t sum,
                            std::uint64_t min, std::uint64_t max);

  void record(std::uint64_t ns) {
    const std::size_t bucket = lat_bucket(ns, sub_bits_);
    if (bucket >= buckets_.size()) buckets_.resize(bucket + 1);
    ++buckets_[bucket];
    min_ = count_ == 0 ? ns : std::min(min_, ns);
    max_ = count_ == 0 ? ns : std::max(max_, ns);
    ++count_;
    // A sum that does not fit (584 years of durations) stays at the largest number instead of wrapping.
    if (__builtin_add_overflow(sum_, ns, &sum_)) sum_ = std::numeric_limits<std::uint64_t>::max();
  }
  void merge(const Histogram& other);

  // What was recorded after `earlier`, an older state of this same histogram: exact for count, sum and
  // buckets; minimum and maximum are then the edges of the outermost buckets (extremes_exact() is false).
  [[nodiscard]] Histogram since(const Histogram& earlier) const;

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::uint64_t sum() const { return sum_; }
  [[nodiscard]] std::optional<std::uint64_t> min() const;
  [[nodiscard]] std::optional<std::uint64_t> max() const;
  [[nodiscard]] bool extremes_exact() const { return extremes_exact_; }
  [[nodiscard]] unsigned sub_bits() const { return sub_bits_; }
  [[nodiscard]] const std::vector<std::uint64_t>& buckets() const { return buckets_; }

  // Quantile by nearest rank (the smallest value with at least q of all values at or below it), answered with
  // the middle of its bucket, held within [min, max]. 0 < q <= 1. nullopt when empty. Relative error at most
  // error_bound().
  [[nodiscard]] std::optional<std::uint64_t> quantile(double q) const;
  [[nodiscard]] double error_bound() const;

 private:
  void set_extremes_from_buckets();
  [[nodiscard]] Histogram coarsened(unsigned sub_bits) const;

  unsigned sub_bits_;
  bool extremes_exact_ = true;
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t min_ = 0;
  std::uint64_t max_ = 0;
  std::vector<std::uint64_t> buckets_;  // as long as its highest used bucket asks for
};

// One bar of a view: values in [lo_ns, hi_ns); hi_ns nullopt is open.
struct Bar {
  std::uint64_t lo_ns = 0;
  std::optional<std::uint64_t> hi_ns;
  std::uint64_t count = 0;
};

// The log2 view that people know: 0-1us, 1-2us, 2-4us ... 512ms-1s, >1s (22 bars; 1 us = 1024 ns, 1 s = 2^30
// ns, so that each bar is a union of buckets and the view is exact).
[[nodiscard]] std::vector<Bar> log2_view(const Histogram& histogram);

// The buckets that hold something, as they are.
[[nodiscard]] std::vector<Bar> bucket_view(const Histogram& histogram);

}  // namespace latimer
