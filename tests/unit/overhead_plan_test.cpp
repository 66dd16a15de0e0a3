#include "validation/overhead/plan.h"

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "validation/overhead/limits.h"

using namespace latimer;
using namespace latimer::overhead;

namespace {

Competitor competitor(std::string name, Kind kind, Size largest) {
  Competitor one;
  one.name = std::move(name);
  one.kind = kind;
  one.largest = largest;
  return one;
}

// Of two sizes, and of one.
std::vector<Task> two_tasks() {
  Task loop;
  loop.name = "getppid";
  loop.like = {Size::brief, Size::middle, Size::full};
  Task cpu;
  cpu.name = "cpu";
  return {loop, cpu};
}

std::vector<Competitor> field() {
  return {competitor("nothing", Kind::nothing, Size::full),
          competitor("nothing, again", Kind::nothing, Size::full),
          competitor("ebpf-aggregate", Kind::way, Size::full), competitor("perf", Kind::peer, Size::brief)};
}

PlanRequest request(unsigned rounds, std::uint64_t seed) {
  PlanRequest result;
  result.rounds = rounds;
  result.seed = seed;
  result.judged = [](const Task&, const Competitor& one) { return one.name == "ebpf-aggregate"; };
  result.beats = [](const Task& task) { return task.name == "cpu" ? 3U : 1U; };
  result.in_all_beats = [](const Task&, const Competitor& one) { return one.name == "ebpf-aggregate"; };
  return result;
}

bool same(const Step& a, const Step& b) {
  return a.round == b.round && a.beat == b.beat && a.task == b.task && a.competitor == b.competitor &&
         a.size == b.size;
}

bool same(const std::vector<Step>& a, const std::vector<Step>& b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](const Step& x, const Step& y) { return same(x, y); });
}

}  // namespace

TEST_CASE("A plan depends on its seed alone", "[overhead]") {
  const auto plan = make_plan(two_tasks(), field(), request(4, 7));
  CHECK(same(plan, make_plan(two_tasks(), field(), request(4, 7))));
  CHECK_FALSE(same(plan, make_plan(two_tasks(), field(), request(4, 8))));
}

TEST_CASE("Whoever runs is compared with nothing of the same beat and size", "[overhead]") {
  const auto tasks = two_tasks();
  const auto competitors = field();
  std::set<std::tuple<unsigned, unsigned, std::size_t, Size>> base;
  const auto plan = make_plan(tasks, competitors, request(9, 3));
  for (const Step& step : plan) {
    if (step.competitor == 0) CHECK(base.insert({step.round, step.beat, step.task, step.size}).second);
  }
  for (const Step& step : plan) {
    CHECK(base.contains({step.round, step.beat, step.task, step.size}));
    CHECK(tasks[step.task].effective(step.size) == step.size);
  }
}

TEST_CASE("Rounds hold each pair once, and beats only those that are judged finely", "[overhead]") {
  std::map<std::tuple<unsigned, std::size_t, std::size_t, Size>, unsigned> runs;
  for (const Step& step : make_plan(two_tasks(), field(), request(9, 3)))
    ++runs[{step.round, step.task, step.competitor, step.size}];
  for (unsigned round = 0; round < 9; ++round) {
    INFO(round);
    const unsigned unjudged = round % 3 == 0 ? 1U : 0U;
    CHECK(runs[{round, 0, 2, Size::full}] == 1);
    CHECK(runs[{round, 0, 3, Size::brief}] == unjudged);
    CHECK(runs[{round, 0, 0, Size::brief}] == unjudged);
    CHECK(runs[{round, 0, 1, Size::full}] == 1);
    CHECK(runs[{round, 1, 0, Size::brief}] == 3);
    CHECK(runs[{round, 1, 2, Size::brief}] == 3);
    CHECK(runs[{round, 1, 3, Size::brief}] == unjudged);
  }
}

TEST_CASE("What no limit is about runs in every round of few, and in a third of many", "[overhead]") {
  const auto full = [](unsigned rounds) {
    unsigned count = 0;
    for (unsigned round = 0; round < rounds; ++round) count += is_full_round(round, rounds) ? 1 : 0;
    return count;
  };
  CHECK(full(1) == 1);
  CHECK(full(5) == 5);
  CHECK(full(6) == 3);
  CHECK(full(9) == 3);
  CHECK(full(30) == 10);
}

TEST_CASE("Rounds differ in their order", "[overhead]") {
  std::map<unsigned, std::vector<std::size_t>> orders;
  for (const Step& step : make_plan(two_tasks(), field(), request(5, 3)))
    orders[step.round].push_back(step.task * 10 + step.competitor);
  std::set<std::vector<std::size_t>> different;
  for (const auto& [round, order] : orders) different.insert(order);
  CHECK(different.size() > 1);
}

TEST_CASE("Few rounds have no beats", "[overhead]") {
  Task cpu;
  cpu.name = "cpu";
  CHECK(beats_of(cpu, 2) == 1);
  CHECK(beats_of(cpu, 9) > 10);
  CHECK(beats_of(cpu, 2) == 1);
  cpu.name = "redis-get";
  CHECK(beats_of(cpu, 9) > 1);
  cpu.name = "getppid";
  CHECK(beats_of(cpu, 9) == 1);
}
