// How often comparing is wrong, and how often it finds what is there: by experiment, with fixed seeds.
#include <catch2/catch.hpp>
#include <map>

#include "tests/unit/comparison_fixture.h"

using namespace latimer;

namespace {

constexpr Metric kMetrics[] = {Metric::p50, Metric::avg, Metric::p99};

struct Rates {
  double told_apart = 0, slower = 0, same = 0;
  double held = 0;  // intervals that hold a shift of 0
};

struct Experiment {
  Source source;
  std::size_t runs = 1;
  double factor = 1;  // B is slower by
  double drift = 0;   // from run to run
  int trials = 300;
};

std::map<Metric, Rates> measure(const Experiment& experiment, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  CompareOptions options;
  options.bootstrap.rounds = 500;
  std::map<Metric, Rates> rates;
  for (int trial = 0; trial < experiment.trials; ++trial) {
    const auto a = drawn_runs(experiment.source, experiment.runs, 1, experiment.drift, random);
    const auto b =
        drawn_runs(experiment.source, experiment.runs, experiment.factor, experiment.drift, random);
    const ComparedCall call = compare(a, b, options).calls.at(0);
    for (const Metric metric : kMetrics) {
      const Change& change = call[metric];
      Rates& rate = rates[metric];
      const double one = 1.0 / experiment.trials;
      if (change.verdict == LatencyVerdict::slower) rate.slower += one;
      if (change.verdict == LatencyVerdict::slower || change.verdict == LatencyVerdict::faster)
        rate.told_apart += one;
      if (change.verdict == LatencyVerdict::same) rate.same += one;
      if (change.shift->low <= 0 && change.shift->high >= 0) rate.held += one;
    }
  }
  return rates;
}

}  // namespace

TEST_CASE("A/A: two runs of the same program are seldom told apart", "[comparison]") {
  for (const double sigma : {0.5, 1.0}) {
    for (const double correlation : {0.8, 0.9}) {
      auto rates = measure({{20'000, sigma, correlation, 2000}}, 42);
      for (const Metric metric : kMetrics) {
        INFO("sigma " << sigma << ", correlation " << correlation << ", " << to_string(metric) << ": held "
                      << rates[metric].held);
        CHECK(rates[metric].told_apart <= 0.01);
        CHECK(rates[metric].held >= 0.92);  // 0.95 less the chance of 300 trials
      }
    }
  }
}

TEST_CASE("A/A: what runs differ by is within the margin of single runs", "[comparison]") {
  for (const double sigma : {0.5, 1.0}) {
    auto mild = measure({{20'000, sigma, 0.8, 2000}, 1, 1, 0.05}, 43);
    auto strong = measure({{20'000, sigma, 0.8, 2000}, 1, 1, 0.10}, 44);
    for (const Metric metric : kMetrics) {
      INFO(sigma << " " << to_string(metric));
      CHECK(mild[metric].told_apart <= 0.01);
      CHECK(strong[metric].told_apart <= 0.05);
    }
  }
}

TEST_CASE("A/A: five runs each that drift are seldom told apart", "[comparison]") {
  for (const double drift : {0.05, 0.10, 0.20}) {
    auto rates = measure({{20'000, 0.5, 0.8, 300}, 5, 1, drift}, 45);
    for (const Metric metric : kMetrics) {
      INFO("drift " << drift << ", " << to_string(metric) << ": held " << rates[metric].held);
      CHECK(rates[metric].told_apart <= 0.01);
      CHECK(rates[metric].held >= 0.92);
    }
  }
}

TEST_CASE("A/A: even of two runs each little is told apart", "[comparison]") {
  auto rates = measure({{20'000, 0.5, 0.8, 300}, 2, 1, 0.20}, 46);
  for (const Metric metric : kMetrics) CHECK(rates[metric].told_apart <= 0.02);
}

TEST_CASE("Half as much again is found", "[comparison]") {
  auto alone = measure({{20'000, 0.5, 0.8, 10'000}, 1, 1.5, 0, 60}, 47);
  CHECK(alone[Metric::p50].slower >= 0.95);
  CHECK(alone[Metric::avg].slower >= 0.95);
  auto runs = measure({{20'000, 0.5, 0.8, 1500}, 5, 1.5, 0.05, 100}, 48);
  CHECK(runs[Metric::p50].slower >= 0.80);
  CHECK(runs[Metric::avg].slower >= 0.95);
  auto many = measure({{20'000, 0.5, 0.8, 1500}, 10, 1.5, 0.10, 60}, 49);
  CHECK(many[Metric::p50].slower >= 0.85);
  CHECK(many[Metric::avg].slower >= 0.95);
}

TEST_CASE("Equal programs are found to be the same where there is enough of them", "[comparison]") {
  auto rates = measure({{20'000, 0.5, 0.8, 10'000}, 1, 1, 0, 60}, 50);
  CHECK(rates[Metric::p50].same >= 0.95);
  CHECK(rates[Metric::avg].same >= 0.95);
}
