#include "core/stats/bootstrap.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <vector>

using namespace latimer;

namespace {

std::vector<double> normal(std::mt19937_64& random, double mean, double deviation, std::size_t count) {
  std::normal_distribution<double> distribution(mean, deviation);
  std::vector<double> values(count);
  for (double& value : values) value = distribution(random);
  return values;
}

}  // namespace

TEST_CASE("A median is the middle value, or the mean of the two in the middle", "[bootstrap]") {
  CHECK(median(std::vector<double>{3, 1, 2}) == 2);
  CHECK(median(std::vector<double>{4, 1, 3, 2}) == 2.5);
  CHECK(median(std::vector<double>{7}) == 7);
  CHECK(std::isnan(median({})));
}

TEST_CASE("An interval of a shift holds the true shift about as often as it says", "[bootstrap]") {
  std::mt19937_64 random(7);
  int held = 0;
  for (int trial = 0; trial < 400; ++trial) {
    const Interval interval =
        shift_of_medians(normal(random, 100, 5, 15), normal(random, 110, 5, 15), {0.95, 400, 1});
    held += interval.low <= 10 && 10 <= interval.high;
  }
  // 380 of 400 in the mean; the bootstrap of a median is a little wide with few values.
  CHECK(held >= 368);
  CHECK(held < 400);
}

TEST_CASE("Equal sets have no shift and a ratio of one", "[bootstrap]") {
  const std::vector<double> same(12, 41.5);
  const Interval shift = shift_of_medians(same, same);
  CHECK(shift.estimate == 0);
  CHECK(shift.low == 0);
  CHECK(shift.high == 0);
  CHECK(ratio_of_medians(same, same).high == 1);
}

TEST_CASE("The same seed gives the same interval", "[bootstrap]") {
  std::mt19937_64 random(3);
  const auto a = normal(random, 10, 1, 12), b = normal(random, 12, 1, 12);
  CHECK(shift_of_medians(a, b).low == shift_of_medians(a, b).low);
  CHECK(shift_of_medians(a, b, {0.95, 2000, 2}).low != shift_of_medians(a, b).low);
}

TEST_CASE("Of one run nothing is known about its spread", "[bootstrap]") {
  const std::vector<double> one{5}, many{6, 7, 8};
  CHECK(shift_of_medians(one, many).estimate == 2);
  CHECK(std::isinf(shift_of_medians(one, many).high));
  CHECK(ratio_of_medians(one, many).low == 0);
  CHECK(std::isnan(shift_of_medians({}, many).estimate));
}

TEST_CASE("Noise that a pair has in common does not widen the interval of its ratio", "[bootstrap]") {
  std::mt19937_64 random(11);
  std::vector<double> a = normal(random, 100, 20, 15), b;
  for (const double value : a) b.push_back(value * 1.1);
  const Interval interval = median_of_ratios(a, b);
  CHECK(interval.estimate == Approx(1.1));
  CHECK(interval.high - interval.low < 1e-9);
}
