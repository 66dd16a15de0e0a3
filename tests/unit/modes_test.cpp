#include "core/stats/modes.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <utility>
#include <vector>

using latimer::find_modes;
using latimer::Histogram;
using latimer::Mode;

namespace {

using Random = std::mt19937_64;

double lognormal(Random& random, double median, double sigma) {
  return median * std::exp(sigma * std::normal_distribution<double>()(random));
}

double exponential(Random& random, double mean) {
  return mean * std::exponential_distribution<double>()(random);
}

// As a tool shows it that prints in steps of `step`.
void record(Histogram& histogram, double ns, std::uint64_t step = 1) {
  histogram.record(static_cast<std::uint64_t>(ns) / step * step);
}

struct Part {
  int calls;
  double median;
  double sigma;
};

Histogram sum_of(const std::vector<Part>& parts, std::uint64_t step = 1,
                 unsigned sub_bits = LAT_SUB_BITS_FINE) {
  Random random(40);
  Histogram histogram(sub_bits);
  for (const Part& part : parts) {
    for (int i = 0; i < part.calls; ++i) record(histogram, lognormal(random, part.median, part.sigma), step);
  }
  return histogram;
}

// The expected buckets of a mixture of lognormals, no randomness; a part's calls may be any number.
struct Expected {
  double calls;
  double median;
  double sigma;
};

Histogram expectation(const std::vector<Expected>& parts) {
  std::vector<std::uint64_t> buckets(LAT_BUCKETS(LAT_SUB_BITS_FINE), 0);
  for (const Expected& part : parts) {
    const auto below = [&](std::uint64_t ns) {
      if (ns == 0) return 0.0;
      return std::erfc(-std::log(static_cast<double>(ns) / part.median) / part.sigma / std::sqrt(2.0)) / 2;
    };
    for (unsigned i = 0; i < buckets.size(); ++i) {
      const double share =
          below(lat_bucket_hi(i, LAT_SUB_BITS_FINE)) - below(lat_bucket_lo(i, LAT_SUB_BITS_FINE));
      buckets[i] += static_cast<std::uint64_t>(std::llround(part.calls * share));
    }
  }
  const auto used = [](std::uint64_t count) { return count != 0; };
  const auto first = std::find_if(buckets.begin(), buckets.end(), used) - buckets.begin();
  const auto last = buckets.rend() - std::find_if(buckets.rbegin(), buckets.rend(), used) - 1;
  const auto min = lat_bucket_lo(static_cast<unsigned>(first), LAT_SUB_BITS_FINE);
  const auto max = lat_bucket_hi(static_cast<unsigned>(last), LAT_SUB_BITS_FINE) - 1;
  return Histogram::from_raw(LAT_SUB_BITS_FINE, std::move(buckets), 0, min, max);
}

void check_joined(const std::vector<Mode>& modes, const Histogram& histogram) {
  double shares = 0;
  for (std::size_t i = 0; i < modes.size(); ++i) {
    shares += modes[i].share;
    CHECK(modes[i].lo_ns <= modes[i].p50_ns);
    CHECK(modes[i].p50_ns < modes[i].hi_ns);
    if (i > 0) CHECK(modes[i].lo_ns == modes[i - 1].hi_ns);
  }
  CHECK(shares == Approx(1));
  CHECK(modes.front().lo_ns == histogram.min());
  CHECK(modes.back().hi_ns == *histogram.max() + 1);
}

}  // namespace

TEST_CASE("modes: a fast and a slow path are told apart", "[modes]") {
  for (const unsigned sub_bits : {LAT_SUB_BITS_FINE, LAT_SUB_BITS_COARSE}) {
    for (const std::uint64_t step : {1, 1000}) {
      const Histogram histogram = sum_of({{1600, 3000, 0.3}, {400, 90000, 0.3}}, step, sub_bits);
      const auto modes = find_modes(histogram, step);
      REQUIRE(modes.size() == 2);
      check_joined(modes, histogram);
      CHECK(modes[0].share == Approx(0.8).margin(0.01));
      CHECK(modes[1].share == Approx(0.2).margin(0.01));
      CHECK(std::abs(static_cast<double>(modes[0].p50_ns) - 3000) < 500 + 3000 * histogram.error_bound());
      CHECK(static_cast<double>(modes[1].p50_ns) == Approx(90000).epsilon(0.05 + histogram.error_bound()));
      CHECK(modes[1].lo_ns > 8000);
      CHECK(modes[1].lo_ns < 40000);
    }
  }
}

TEST_CASE("modes: three are three, slowest last", "[modes]") {
  const Histogram histogram = sum_of({{3000, 400, 0.2}, {500, 12000, 0.4}, {1500, 4e6, 0.5}});
  const auto modes = find_modes(histogram, 1);
  REQUIRE(modes.size() == 3);
  check_joined(modes, histogram);
  CHECK(modes[0].share == Approx(0.6).margin(0.01));
  CHECK(modes[1].share == Approx(0.1).margin(0.01));
  CHECK(static_cast<double>(modes[2].p50_ns) == Approx(4e6).epsilon(0.1));
}

TEST_CASE("modes: both near ones and wide ones of few calls", "[modes]") {
  CHECK(find_modes(sum_of({{600, 3000, 0.1}, {600, 6000, 0.1}}), 1).size() == 2);  // narrow windows see these
  CHECK(find_modes(sum_of({{260, 3000, 0.5}, {40, 90000, 0.5}}), 1).size() == 2);  // and wide ones these
}

TEST_CASE("modes: nothing, one call and equal calls have no modes to tell", "[modes]") {
  Histogram histogram;
  CHECK(find_modes(histogram, 1).empty());
  histogram.record(0);
  CHECK(find_modes(histogram, 1).empty());
  CHECK(find_modes(histogram, 0).empty());
  for (int i = 0; i < 100000; ++i) histogram.record(0);
  CHECK(find_modes(histogram, 1000).empty());
  Histogram equal;
  for (int i = 0; i < 100000; ++i) equal.record(777);
  CHECK(find_modes(equal, 1).empty());
}

TEST_CASE("modes: a few calls prove nothing, more of the same do", "[modes]") {
  CHECK(find_modes(sum_of({{9, 3000, 0.1}, {9, 90000, 0.1}}), 1).empty());
  CHECK(find_modes(sum_of({{60, 3000, 0.1}, {60, 90000, 0.1}}), 1).size() == 2);
}

TEST_CASE("modes: steps of a clock or a printed decimal are no modes", "[modes]") {
  const Histogram comb = sum_of({{20000, 2200, 0.5}}, 1000);
  CHECK(find_modes(comb, 1000).empty());
  CHECK_FALSE(find_modes(comb, 1).empty());  // read as exact nanoseconds it is a comb
  // Wider than a bucket here, narrower there: some buckets hold two steps, their neighbours one.
  const Histogram mixed = sum_of({{50000, 20000, 0.7}}, 1000);
  CHECK(find_modes(mixed, 1000).empty());
}

TEST_CASE("modes: a step that not all calls go by", "[modes]") {
  // Logs of two tracers added up: one of them printed microseconds. The last calls lie below the next
  // microsecond.
  Histogram both(LAT_SUB_BITS_FINE);
  for (int i = 0; i < 50; ++i) {
    both.record(1000);
    both.record(1030);
    both.record(1010 + static_cast<std::uint64_t>(i));
  }
  CHECK(find_modes(both, 1000).empty());
}

TEST_CASE("modes: those that thin out slowly towards 0 do not pile up in the first step", "[modes]") {
  // Weibull, shape 0.35, scale 1 ms, in steps of 1 us; 1e6 calls without randomness.
  const auto below = [](double us) { return 1 - std::exp(-std::pow(us / 1000, 0.35)); };
  std::vector<std::uint64_t> buckets(LAT_BUCKETS(LAT_SUB_BITS_FINE), 0);
  constexpr std::uint64_t kLast = 200000;
  for (std::uint64_t us = 0; us <= kLast; ++us) {
    const auto at = static_cast<double>(us);
    const auto count = std::llround(1e6 * below(at + 1)) - std::llround(1e6 * below(at));
    buckets[lat_bucket(us * 1000, LAT_SUB_BITS_FINE)] += static_cast<std::uint64_t>(count);
  }
  const auto histogram = Histogram::from_raw(LAT_SUB_BITS_FINE, std::move(buckets), 0, 0, kLast * 1000);
  CHECK(find_modes(histogram, 1000).empty());
}

TEST_CASE("modes: calls printed as 0 are a mode when the others are far", "[modes]") {
  const auto modes = find_modes(sum_of({{700, 400, 0.2}, {300, 9500, 0.1}}, 1000), 1000);
  REQUIRE(modes.size() == 2);
  CHECK(modes[0].share == Approx(0.7).margin(0.01));
  CHECK(modes[0].p50_ns < 1000);
  CHECK(static_cast<double>(modes[1].p50_ns) == Approx(9500).epsilon(0.1));
}

TEST_CASE("modes: a floor with a tail is one mode, unless the tail has a hump of its own", "[modes]") {
  Random random(41);
  Histogram one;
  Histogram two;
  for (int i = 0; i < 20000; ++i) {
    const bool floor = i % 10 != 0;
    record(one, floor ? 1000 : 1000 + exponential(random, 500));
    record(two, floor ? 1000 : 1000 + exponential(random, 1e6));
  }
  CHECK(find_modes(one, 1).empty());
  CHECK(find_modes(two, 1).size() == 2);
}

TEST_CASE("modes: what is small or shallow is not named", "[modes]") {
  CHECK(find_modes(expectation({{1e6, 3000, 0.2}, {2e4, 90000, 0.2}}), 1).empty());  // 2 % of the calls
  CHECK(find_modes(expectation({{1e6, 3000, 0.2}, {6e4, 90000, 0.2}}), 1).size() == 2);
  CHECK(
      find_modes(expectation({{1e6, 3000, 0.5}, {1e6, 12000, 0.5}}), 1).empty());  // valley 0.75 of the peaks
  CHECK(find_modes(expectation({{1e6, 3000, 0.02}, {1e6, 4000, 0.02}}), 1).empty());  // too near
}

TEST_CASE("modes: calls in the open last bucket are spread up to the maximum", "[modes]") {
  const double top = static_cast<double>(1ULL << LAT_BUCKET_TOP_BITS);
  CHECK(find_modes(sum_of({{20000, top / 16, 2}}), 1).empty());
  Histogram histogram = sum_of({{1000, 1e6, 0.2}, {1000, top * 2, 0.1}});
  auto modes = find_modes(histogram, 1);
  REQUIRE(modes.size() == 2);
  check_joined(modes, histogram);
  histogram.record(std::numeric_limits<std::uint64_t>::max());
  modes = find_modes(histogram, 1);
  REQUIRE(modes.size() == 2);
  CHECK(modes[1].hi_ns == std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("modes: counts of production, 1e12 calls", "[modes]") {
  CHECK(find_modes(expectation({{1e12, 3000, 0.6}}), 1).empty());
  const auto modes = find_modes(expectation({{0.7e12, 3000, 0.3}, {0.3e12, 2e5, 0.3}}), 1);
  REQUIRE(modes.size() == 2);
  CHECK(modes[0].share == Approx(0.7).margin(0.001));
  CHECK(static_cast<double>(modes[1].p50_ns) == Approx(2e5).epsilon(0.04));
}

// Of 7200 samples latimer-modes would expect at most 1 to be wrong (docs/bimodality.md).
TEST_CASE("modes: a distribution with one mode is almost never given two", "[modes]") {
  const std::vector<std::function<double(Random&)>> families = {
      [](Random& random) { return lognormal(random, 1, 0.05); },
      [](Random& random) { return lognormal(random, 1, 2); },
      [](Random& random) { return exponential(random, 1.4); },
      [](Random& random) { return std::exp(exponential(random, 1.4)); },
      [](Random& random) { return std::uniform_real_distribution<double>(0, 2)(random); },
      [](Random& random) { return std::exp(std::uniform_real_distribution<double>(-4, 4)(random)); }};
  Random random(42);
  int wrong = 0;
  for (const auto& draw : families) {
    for (const int calls : {40, 100, 400}) {
      for (int round = 0; round < 200; ++round) {
        Histogram fine;
        Histogram printed;
        const double unit = round % 2 == 0 ? 2500 : 40000;
        for (int i = 0; i < calls; ++i) {
          const double ns = std::min(unit * draw(random), 1e18);
          record(fine, ns);
          record(printed, ns, 1000);
        }
        wrong += find_modes(fine, 1).empty() ? 0 : 1;
        wrong += find_modes(printed, 1000).empty() ? 0 : 1;
      }
    }
  }
  CHECK(wrong <= 1);
}
