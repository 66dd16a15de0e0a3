#include "core/stats/histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace latimer {
namespace {

constexpr unsigned kLog2FirstBits = 10;  // first bar ends at 2^10 ns
constexpr unsigned kLog2LastBits = 30;   // last bar begins at 2^30 ns

void add_at(std::vector<std::uint64_t>& buckets, std::size_t index, std::uint64_t count) {
  if (buckets.size() <= index) buckets.resize(index + 1);
  buckets[index] += count;
}

// A sum that does not fit (584 years of durations) stays at the largest number instead of wrapping.
std::uint64_t saturating_sum(std::uint64_t a, std::uint64_t b) {
  std::uint64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<std::uint64_t>::max() : sum;
}

void trim(std::vector<std::uint64_t>& buckets) {
  while (!buckets.empty() && buckets.back() == 0) buckets.pop_back();
}

}  // namespace

Histogram Histogram::from_raw(unsigned sub_bits, std::vector<std::uint64_t> buckets, std::uint64_t sum,
                              std::uint64_t min, std::uint64_t max) {
  Histogram result(sub_bits);
  result.buckets_ = std::move(buckets);
  trim(result.buckets_);
  for (const std::uint64_t count : result.buckets_) result.count_ += count;
  result.sum_ = sum;
  result.min_ = min;
  result.max_ = max;
  return result;
}

Histogram Histogram::coarsened(unsigned sub_bits) const {
  Histogram result(sub_bits);
  result.count_ = count_;
  result.sum_ = sum_;
  result.min_ = min_;
  result.max_ = max_;
  result.extremes_exact_ = extremes_exact_;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    if (buckets_[i] == 0) continue;
    add_at(result.buckets_, lat_bucket(lat_bucket_lo(static_cast<unsigned>(i), sub_bits_), sub_bits),
           buckets_[i]);
  }
  return result;
}

void Histogram::merge(const Histogram& other) {
  if (other.count_ == 0) return;
  if (count_ == 0 && sub_bits_ >= other.sub_bits_) {
    *this = other;
    return;
  }
  if (other.sub_bits_ > sub_bits_) return merge(other.coarsened(sub_bits_));
  if (other.sub_bits_ < sub_bits_) *this = coarsened(other.sub_bits_);
  for (std::size_t i = 0; i < other.buckets_.size(); ++i) {
    if (other.buckets_[i] != 0) add_at(buckets_, i, other.buckets_[i]);
  }
  min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
  max_ = count_ == 0 ? other.max_ : std::max(max_, other.max_);
  extremes_exact_ = extremes_exact_ && other.extremes_exact_;
  count_ += other.count_;
  sum_ = saturating_sum(sum_, other.sum_);
}

Histogram Histogram::since(const Histogram& earlier) const {
  if (earlier.count_ == 0) return *this;
  if (earlier.sub_bits_ > sub_bits_) return since(earlier.coarsened(sub_bits_));
  if (earlier.sub_bits_ < sub_bits_) return coarsened(earlier.sub_bits_).since(earlier);
  Histogram result = *this;
  // A live reading can tear between buckets and sum, so differences are floored at 0 rather than allowed to
  // wrap.
  for (std::size_t i = 0; i < earlier.buckets_.size() && i < result.buckets_.size(); ++i) {
    result.buckets_[i] -= std::min(result.buckets_[i], earlier.buckets_[i]);
  }
  trim(result.buckets_);
  result.count_ = 0;
  for (const std::uint64_t count : result.buckets_) result.count_ += count;
  result.sum_ -= std::min(result.sum_, earlier.sum_);
  result.set_extremes_from_buckets();
  return result;
}

void Histogram::set_extremes_from_buckets() {
  extremes_exact_ = false;
  const std::uint64_t whole_max = max_;
  const auto used = [](std::uint64_t count) { return count != 0; };
  const auto first = std::find_if(buckets_.begin(), buckets_.end(), used);
  if (first == buckets_.end()) return;
  min_ = lat_bucket_lo(static_cast<unsigned>(first - buckets_.begin()), sub_bits_);
  const auto last = static_cast<unsigned>(buckets_.size() - 1);
  const bool open_end = last + 1 == LAT_BUCKETS(sub_bits_);
  max_ = open_end ? whole_max : std::min<std::uint64_t>(whole_max, lat_bucket_hi(last, sub_bits_) - 1);
}

std::optional<std::uint64_t> Histogram::min() const {
  return count_ == 0 ? std::nullopt : std::optional(min_);
}

std::optional<std::uint64_t> Histogram::max() const {
  return count_ == 0 ? std::nullopt : std::optional(max_);
}

double Histogram::error_bound() const { return 1.0 / static_cast<double>(1U << (sub_bits_ + 1)); }

std::optional<std::uint64_t> Histogram::quantile(double q) const {
  if (count_ == 0) return std::nullopt;
  const double wanted = std::ceil(q * static_cast<double>(count_));
  const auto rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::max(wanted, 1.0)), 1, count_);
  if (rank == count_) return max_;
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen < rank) continue;
    const auto bucket = static_cast<unsigned>(i);
    if (bucket + 1 == LAT_BUCKETS(sub_bits_)) return max_;
    const std::uint64_t lo = lat_bucket_lo(bucket, sub_bits_);
    const std::uint64_t middle = lo + (lat_bucket_hi(bucket, sub_bits_) - lo) / 2;
    return std::clamp(middle, std::min(min_, max_), max_);
  }
  return max_;
}

std::vector<Bar> log2_view(const Histogram& histogram) {
  std::vector<Bar> bars;
  bars.push_back({0, 1ULL << kLog2FirstBits, 0});
  for (unsigned bits = kLog2FirstBits; bits < kLog2LastBits; ++bits) {
    bars.push_back({1ULL << bits, 1ULL << (bits + 1), 0});
  }
  bars.push_back({1ULL << kLog2LastBits, std::nullopt, 0});
  const auto& buckets = histogram.buckets();
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    if (buckets[i] == 0) continue;
    const std::uint64_t lo = lat_bucket_lo(static_cast<unsigned>(i), histogram.sub_bits());
    const unsigned bits = lo == 0 ? 0 : lat_log2(lo);
    const unsigned bar = std::clamp(bits, kLog2FirstBits - 1, kLog2LastBits) - (kLog2FirstBits - 1);
    bars[bar].count += buckets[i];
  }
  return bars;
}

std::vector<Bar> bucket_view(const Histogram& histogram) {
  std::vector<Bar> bars;
  const auto& buckets = histogram.buckets();
  const unsigned sub_bits = histogram.sub_bits();
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    if (buckets[i] == 0) continue;
    const auto bucket = static_cast<unsigned>(i);
    const bool open_end = bucket + 1 == LAT_BUCKETS(sub_bits);
    bars.push_back({lat_bucket_lo(bucket, sub_bits),
                    open_end ? std::nullopt : std::optional<std::uint64_t>(lat_bucket_hi(bucket, sub_bits)),
                    buckets[i]});
  }
  return bars;
}

}  // namespace latimer
