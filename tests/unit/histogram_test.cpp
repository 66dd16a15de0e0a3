#include "core/stats/histogram.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <random>

#include "core/stats/bucket_table.h"

using latimer::Histogram;

namespace {

// Durations as they occur: log-normal bodies, a slow mode, exact powers of two and tiny values.
std::vector<std::uint64_t> sample(std::mt19937_64& random, std::size_t size) {
  std::lognormal_distribution<double> body(7.0 + static_cast<double>(random() % 8),
                                           0.3 + static_cast<double>(random() % 20) / 10.0);
  std::vector<std::uint64_t> values;
  while (values.size() < size) {
    switch (random() % 10) {
      case 0:
        values.push_back(random() % 40);
        break;
      case 1:
        values.push_back(1ULL << (random() % 41));
        break;
      case 2:
        values.push_back((1ULL << (random() % 40 + 1)) - 1);
        break;
      default:
        values.push_back(static_cast<std::uint64_t>(std::min(body(random), 4e12)));
        break;
    }
  }
  return values;
}

Histogram fill(const std::vector<std::uint64_t>& values, unsigned sub_bits) {
  Histogram histogram(sub_bits);
  for (const auto value : values) histogram.record(value);
  return histogram;
}

std::uint64_t exact_quantile(std::vector<std::uint64_t> values, double q) {
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size())));
  return values[std::max<std::size_t>(rank, 1) - 1];
}

bool same(const Histogram& a, const Histogram& b) {
  return a.buckets() == b.buckets() && a.count() == b.count() && a.sum() == b.sum() && a.min() == b.min() &&
         a.max() == b.max();
}

}  // namespace

TEST_CASE("every value lies in its bucket, and buckets join without gaps") {
  for (const unsigned sub_bits : {LAT_SUB_BITS_FINE, LAT_SUB_BITS_COARSE}) {
    for (unsigned bucket = 0; bucket < LAT_BUCKETS(sub_bits); ++bucket) {
      const auto lo = lat_bucket_lo(bucket, sub_bits);
      const auto hi = lat_bucket_hi(bucket, sub_bits);
      REQUIRE(lo < hi);
      REQUIRE(lat_bucket(lo, sub_bits) == bucket);
      REQUIRE(lat_bucket(hi - 1, sub_bits) == bucket);
      REQUIRE(static_cast<double>(hi - lo) <= std::max(1.0, static_cast<double>(lo) / (1U << sub_bits)));
    }
    CHECK(lat_bucket_hi(LAT_BUCKETS(sub_bits) - 1, sub_bits) == 1ULL << LAT_BUCKET_TOP_BITS);
    CHECK(lat_bucket(1ULL << LAT_BUCKET_TOP_BITS, sub_bits) == LAT_BUCKETS(sub_bits) - 1);
    CHECK(lat_bucket(~0ULL, sub_bits) == LAT_BUCKETS(sub_bits) - 1);
  }
}

TEST_CASE("the tables that BPF programs use say what the arithmetic says") {
  for (unsigned bit = 0; bit < 48; ++bit) {
    for (const std::uint64_t value : {1ULL << bit, (1ULL << bit) + 1, (2ULL << bit) - 1}) {
      if (value >> bit == 1) REQUIRE(lat_log2_by_table(value) == lat_log2(value));
    }
  }
  std::array<unsigned char, 256> of_byte{};
  for (unsigned i = 0; i < of_byte.size(); ++i)
    of_byte[i] = static_cast<unsigned char>(lat_bucket(i, LAT_SUB_BITS_FINE));
  for (std::uint64_t ns = 0; ns < LAT_SHORT; ++ns) {
    REQUIRE(lat_bucket_of_short(of_byte.data(), ns) == lat_bucket(ns, LAT_SUB_BITS_FINE));
  }
}

TEST_CASE("quantiles stay within the stated error of the exact ones") {
  std::mt19937_64 random(20);
  for (int round = 0; round < 60; ++round) {
    const auto values = sample(random, 1 + random() % 3000);
    for (const unsigned sub_bits : {LAT_SUB_BITS_FINE, LAT_SUB_BITS_COARSE}) {
      const Histogram histogram = fill(values, sub_bits);
      for (const double q : {0.001, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0}) {
        const auto exact = static_cast<double>(exact_quantile(values, q));
        const auto got = static_cast<double>(*histogram.quantile(q));
        // 1 ns: the middle of a bucket is rounded down to a whole nanosecond.
        REQUIRE(std::abs(got - exact) <= exact * histogram.error_bound() + 1.0);
      }
    }
  }
}

TEST_CASE("count, sum, minimum and maximum are exact") {
  std::mt19937_64 random(21);
  const auto values = sample(random, 5000);
  const Histogram histogram = fill(values, LAT_SUB_BITS_FINE);
  CHECK(histogram.count() == values.size());
  CHECK(histogram.sum() == std::accumulate(values.begin(), values.end(), std::uint64_t{0}));
  CHECK(histogram.min() == *std::min_element(values.begin(), values.end()));
  CHECK(histogram.max() == *std::max_element(values.begin(), values.end()));
  CHECK(histogram.quantile(1.0) == histogram.max());
}

TEST_CASE("an empty histogram claims nothing") {
  const Histogram histogram;
  CHECK_FALSE(histogram.min());
  CHECK_FALSE(histogram.max());
  CHECK_FALSE(histogram.quantile(0.5));
  CHECK(bucket_view(histogram).empty());
}

TEST_CASE("merging is the same as recording everything in one") {
  std::mt19937_64 random(22);
  for (int round = 0; round < 30; ++round) {
    const auto first = sample(random, random() % 500);
    const auto second = sample(random, random() % 500);
    auto both = first;
    both.insert(both.end(), second.begin(), second.end());
    Histogram merged = fill(first, LAT_SUB_BITS_FINE);
    merged.merge(fill(second, LAT_SUB_BITS_FINE));
    REQUIRE(same(merged, fill(both, LAT_SUB_BITS_FINE)));
  }
}

TEST_CASE("merging different schemes loses resolution but no value") {
  std::mt19937_64 random(23);
  const auto first = sample(random, 400);
  const auto second = sample(random, 400);
  auto both = first;
  both.insert(both.end(), second.begin(), second.end());
  Histogram fine = fill(first, LAT_SUB_BITS_FINE);
  fine.merge(fill(second, LAT_SUB_BITS_COARSE));
  CHECK(same(fine, fill(both, LAT_SUB_BITS_COARSE)));
  Histogram coarse = fill(first, LAT_SUB_BITS_COARSE);
  coarse.merge(fill(second, LAT_SUB_BITS_FINE));
  CHECK(same(coarse, fill(both, LAT_SUB_BITS_COARSE)));
}

TEST_CASE("since() is what came later: exact but for the extremes, which it says") {
  std::mt19937_64 random(24);
  for (int round = 0; round < 30; ++round) {
    const auto before = sample(random, 1 + random() % 500);
    const auto after = sample(random, 1 + random() % 500);
    const Histogram earlier = fill(before, LAT_SUB_BITS_FINE);
    Histogram later = earlier;
    for (const auto value : after) later.record(value);
    const Histogram change = later.since(earlier);
    const Histogram expected = fill(after, LAT_SUB_BITS_FINE);
    REQUIRE(change.buckets() == expected.buckets());
    REQUIRE(change.count() == expected.count());
    REQUIRE(change.sum() == expected.sum());
    REQUIRE_FALSE(change.extremes_exact());
    REQUIRE(*change.min() <= *expected.min());
    REQUIRE(*change.max() >= *expected.max());
  }
}

TEST_CASE("since() of an unchanged histogram is empty") {
  std::mt19937_64 random(25);
  const Histogram histogram = fill(sample(random, 100), LAT_SUB_BITS_FINE);
  const Histogram change = histogram.since(histogram);
  CHECK(change.count() == 0);
  CHECK(change.sum() == 0);
  CHECK_FALSE(change.min());
}

TEST_CASE("the log2 view has 22 bars and holds every value exactly") {
  Histogram histogram;
  for (const std::uint64_t ns :
       {0ULL, 1023ULL, 1024ULL, 2047ULL, 2048ULL, (1ULL << 30) - 1, 1ULL << 30, 1ULL << 45})
    histogram.record(ns);
  const auto bars = log2_view(histogram);
  REQUIRE(bars.size() == 22);
  CHECK(bars.front().count == 2);  // 0-1us
  CHECK(bars[1].count == 2);       // 1-2us
  CHECK(bars[2].count == 1);
  CHECK(bars[20].count == 1);  // 512ms-1s
  CHECK(bars[21].count == 2);  // >1s
  CHECK_FALSE(bars[21].hi_ns);
  std::uint64_t total = 0;
  for (const auto& bar : bars) total += bar.count;
  CHECK(total == histogram.count());
}
