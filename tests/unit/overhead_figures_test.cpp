#include "validation/overhead/figures.h"

#include <catch2/catch.hpp>

using namespace latimer;
using namespace latimer::overhead;

namespace {

Task task_of(Figure figure, std::optional<std::uint64_t> calls) {
  Task task;
  task.name = "t";
  task.figure = figure;
  task.prepared[0] = Prepared{{"/bin/true"}, {}, {}, calls};
  return task;
}

std::vector<Competitor> field() {
  std::vector<Competitor> three(3);
  for (Competitor& one : three) one.largest = Size::full;
  three[0].name = "nothing";
  three[1].name = "nothing, again";
  three[2].name = "tool";
  three[2].place = Place::around;
  return three;
}

Sample sample(unsigned round, std::size_t competitor, double figure) {
  Sample one;
  one.step = {round, 0, 0, competitor, Size::brief};
  one.figure = figure;
  return one;
}

const Row& row_of(const std::vector<Row>& rows, std::size_t competitor) {
  for (const Row& row : rows) {
    if (row.competitor == competitor) return row;
  }
  FAIL("no such row");
  return rows.front();
}

}  // namespace

TEST_CASE("A slowdown is the median of the beats' ratios to nothing", "[overhead]") {
  // The machine is twice as slow in the second round: the ratio is the same, and has no spread.
  std::vector<Sample> samples;
  for (unsigned round = 0; round < 5; ++round) {
    const double speed = round == 1 ? 2 : 1;
    samples.push_back(sample(round, 2, 1'300'000 * speed));
    samples.push_back(sample(round, 0, 990'000 * speed));
    samples.push_back(sample(round, 1, 1'010'000 * speed));
  }
  const auto rows = make_rows({task_of(Figure::wall_ns, 3'000)}, field(), samples);
  REQUIRE(rows.size() == 3);
  const Row& tool = row_of(rows, 2);
  REQUIRE(tool.slowdown);
  CHECK(tool.slowdown->estimate == Approx(1.3));
  CHECK(tool.slowdown->low == Approx(1.3));
  CHECK(tool.slowdown->high == Approx(1.3));
  REQUIRE(tool.ns_per_call);
  CHECK(tool.ns_per_call->estimate == Approx(100));
  CHECK_FALSE(row_of(rows, 0).slowdown);
  // With itself alone, not with the mean that it is part of.
  CHECK(row_of(rows, 1).slowdown->estimate == Approx(1.01 / 0.99));
}

TEST_CASE("Of a rate more is better", "[overhead]") {
  std::vector<Sample> samples;
  for (unsigned round = 0; round < 3; ++round) {
    samples.push_back(sample(round, 0, 100'000));
    samples.push_back(sample(round, 2, 80'000));
  }
  const auto rows = make_rows({task_of(Figure::requests_per_second, 1'000'000)}, field(), samples);
  const Row& tool = row_of(rows, 2);
  CHECK(tool.slowdown->estimate == Approx(1.25));
  REQUIRE(tool.lost_share.size() == 3);
  CHECK(tool.lost_share[0] == Approx(0.2));
  CHECK_FALSE(tool.ns_per_call);  // calls are made in parallel
}

TEST_CASE("Cycles become nanoseconds at the greatest speed that any run has seen", "[overhead]") {
  std::vector<Sample> samples;
  for (unsigned round = 0; round < 3; ++round) {
    samples.push_back(sample(round, 0, 300));
    samples.push_back(sample(round, 2, 700));
    samples[samples.size() - 2].cycle_ns = 0.30;
    samples.back().cycle_ns = round == 1 ? 0.25 : 0.29;
  }
  const auto rows = make_rows({task_of(Figure::cycles_per_call, 2'000'000)}, field(), samples);
  CHECK(row_of(rows, 2).ns_per_call->estimate == Approx(100));
}

TEST_CASE("Without a base of the same beat there is nothing to compare with", "[overhead]") {
  const auto rows =
      make_rows({task_of(Figure::wall_ns, 3'000)}, field(), {sample(0, 0, 100), sample(1, 2, 200)});
  const Row& tool = row_of(rows, 2);
  CHECK(tool.runs == 1);
  CHECK_FALSE(tool.slowdown);
  CHECK_FALSE(tool.ns_per_call);
}

TEST_CASE("Calls are known beforehand, or counted by who lost none", "[overhead]") {
  std::vector<Sample> samples{sample(0, 2, 1), sample(1, 2, 1), sample(2, 2, 1), sample(0, 0, 1)};
  samples[0].calls = 5'000;
  samples[0].lost = 0;
  samples[1].calls = 9;
  samples[1].lost = 4'991;
  const Task unknown = task_of(Figure::wall_ns, std::nullopt);
  CHECK(calls_of(samples, unknown, 0, Size::brief) == 5'000);
  CHECK_FALSE(calls_of(samples, unknown, 0, Size::full));
  CHECK_FALSE(calls_of(samples, unknown, 1, Size::brief));
  CHECK(calls_of(samples, task_of(Figure::wall_ns, 77), 0, Size::brief) == 77);
}

TEST_CASE("What a tool does not tell is not 0", "[overhead]") {
  std::vector<Sample> samples{sample(0, 0, 100), sample(0, 2, 200), sample(1, 2, 200)};
  samples[1].lost = 3;
  samples[2].lost = 4;
  samples[1].start_ns = 10;
  const auto rows = make_rows({task_of(Figure::wall_ns, 3'000)}, field(), samples);
  const Row& tool = row_of(rows, 2);
  CHECK(tool.lost == 7U);
  CHECK(tool.start_ns == Approx(10));
  CHECK_FALSE(tool.tool_cpu_ns);
  CHECK_FALSE(row_of(rows, 0).lost);
}
