#include <catch2/catch.hpp>
#include <random>

#include "tests/unit/validate_fixture.h"
#include "validation/compare/latency.h"
#include "validation/compare/peers.h"
#include "validation/compare/strace_reference.h"

namespace latimer::compare {

namespace {

// So many getppid in each run of each way.
std::vector<PeerRow> peers(const std::map<std::string, std::vector<std::uint64_t>>& numbers) {
  std::vector<Observation> seen;
  std::vector<std::string> ways;
  for (const auto& [way, runs] : numbers) {
    for (const std::uint64_t count : runs) {
      seen.push_back(seen_of({{"x86_64:getppid", seen_call(count)}}));
      ways.push_back(way);
    }
  }
  std::vector<PeerRun> runs;
  for (std::size_t i = 0; i < seen.size(); ++i) runs.push_back({ways[i], &seen[i]});
  return compare_peers(runs, [](std::string_view) { return true; });
}

PeerVerdict verdict(const std::map<std::string, std::vector<std::uint64_t>>& numbers) {
  return peers(numbers).at(0).verdict;
}

std::vector<LatencyRow> latencies(double shift_ns, std::size_t runs, double cost_ns = 0,
                                  bool waiting = false) {
  std::mt19937_64 random(5);
  std::normal_distribution<double> noise(0, 20'000);
  Truth truth;
  truth.scenario = "fsync";
  truth.calls["x86_64:fsync"] = {100, {}};
  std::vector<Observation> seen;
  std::vector<TimedRun> timed;
  seen.reserve(runs * 2);
  for (std::size_t run = 0; run < runs; ++run) {
    for (const char* way : {"ebpf", "strace"}) {
      const double extra = std::string_view(way) == "strace" ? shift_ns + cost_ns : 0;
      seen.push_back(
          seen_of({{"x86_64:fsync",
                    seen_call(100, {}, static_cast<std::uint64_t>(2'000'000 + extra + noise(random)))}}));
      seen.back().calls["x86_64:fsync"].waiting = waiting;
      timed.push_back({way, &seen.back()});
    }
  }
  return compare_latencies(truth, timed, {{"ebpf", 0}, {"strace", cost_ns}});
}

}  // namespace

TEST_CASE("The same number in every run of every way is equal", "[validate]") {
  CHECK(verdict({{"a", {5, 5, 5}}, {"b", {5, 5, 5}}}) == PeerVerdict::equal);
}

TEST_CASE("Ways that each always see another number contradict each other", "[validate]") {
  CHECK(verdict({{"a", {5, 5, 5}}, {"b", {6, 6, 6}}}) == PeerVerdict::differs);
  CHECK(verdict({{"a", {1000, 1000, 1000}}, {"b", {1000, 1000, 1000}}, {"c", {999, 999, 999}}}) ==
        PeerVerdict::differs);
}

TEST_CASE("Two runs do not show that a program always does the same", "[validate]") {
  CHECK(verdict({{"a", {5, 5}}, {"b", {6, 6}}}) == PeerVerdict::unclear);
}

TEST_CASE("What varies under one tracer is not held against another", "[validate]") {
  CHECK(verdict({{"a", {5, 7, 6, 5, 8}}, {"b", {6, 6, 7, 5, 7}}}) == PeerVerdict::varies);
  CHECK(verdict({{"a", {5, 6, 5, 7, 6, 5, 6, 7}}, {"b", {95, 99, 91, 97, 96, 99, 94, 93}}}) ==
        PeerVerdict::timing);
}

TEST_CASE("A way that does not see a call at all sees none", "[validate]") {
  std::vector<Observation> seen{seen_of({{"x86_64:getppid", seen_call(5)}}), seen_of({})};
  const auto rows = compare_peers({{"a", &seen[0]}, {"b", &seen[1]}}, [](std::string_view) { return true; });
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].ways[1].most == 0);
}

// As `sh -c 'kill -9 $$'` is told: the kernel's tracepoint sees kill return, ptrace sees its caller die in
// it.
TEST_CASE("Whoever kills himself has called kill, whatever is seen of its return", "[validate]") {
  const auto verdict_on = [](const std::string& call) {
    Observation returned = seen_of({{call, seen_call(1)}}), died = seen_of({{call, seen_call(0)}});
    returned.calls[call].killed_inside = 0;
    died.calls[call].killed_inside = 1;
    std::vector<PeerRun> runs;
    for (int run = 0; run < 3; ++run) runs.insert(runs.end(), {{"a", &returned}, {"b", &died}});
    return compare_peers(runs, [](std::string_view) { return true; }).at(0).verdict;
  };
  CHECK(verdict_on("x86_64:kill") == PeerVerdict::equal);
  CHECK(verdict_on("x86_64:read") == PeerVerdict::differs);
}

TEST_CASE("Errors are numbers of their own", "[validate]") {
  std::vector<Observation> seen;
  for (int run = 0; run < 3; ++run) {
    seen.push_back(seen_of({{"x86_64:open", seen_call(5, {{"ENOENT", 2}})}}));
    seen.push_back(seen_of({{"x86_64:open", seen_call(5, {{"EACCES", 2}})}}));
  }
  std::vector<PeerRun> runs;
  for (std::size_t i = 0; i < seen.size(); ++i) runs.push_back({i % 2 == 0 ? "a" : "b", &seen[i]});
  const auto rows = compare_peers(runs, [](std::string_view) { return true; });
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].verdict == PeerVerdict::equal);
  CHECK(rows[1].what == "x86_64:open EACCES");
  CHECK(rows[1].verdict == PeerVerdict::differs);
}

TEST_CASE("Groups of one kind stand out by chance as often as they should", "[validate]") {
  std::mt19937_64 random(9);
  int rare = 0;
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<double> mine, others;
    for (int i = 0; i < 6; ++i) mine.push_back(static_cast<double>(random() % 20));
    for (int i = 0; i < 18; ++i) others.push_back(static_cast<double>(random() % 20));
    rare += chance_of_difference(mine, others) < 0.05 ? 1 : 0;
  }
  CHECK(rare < 25);  // 10 in the mean
  CHECK(chance_of_difference({90, 91, 92, 93, 94, 95}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}) <
        0.001);
}

TEST_CASE("Durations agree when their shift lies within the margin, and disagree beyond it", "[validate]") {
  REQUIRE(latencies(0, 12).size() == 3);
  for (const LatencyRow& row : latencies(0, 12)) CHECK(row.verdict == LatencyVerdict::agree);
  for (const LatencyRow& row : latencies(1'500'000, 12)) CHECK(row.verdict == LatencyVerdict::disagree);
  for (const LatencyRow& row : latencies(-1'500'000, 12)) CHECK(row.verdict == LatencyVerdict::disagree);
}

TEST_CASE("What a tracer is known to add is taken off", "[validate]") {
  for (const LatencyRow& row : latencies(0, 12, 50'000)) {
    CHECK(row.verdict == LatencyVerdict::agree);
    CHECK(std::abs(row.shift_ns.estimate) < 30'000);
  }
}

TEST_CASE("A tracer whose own cost is a large part of a duration cannot tell it", "[validate]") {
  for (const LatencyRow& row : latencies(0, 12, 500'000)) CHECK(row.verdict == LatencyVerdict::too_short);
}

TEST_CASE("Tails need calls", "[validate]") {
  Truth truth;
  truth.calls["x86_64:fsync"] = {50, {}};
  std::vector<Observation> seen(20, seen_of({{"x86_64:fsync", seen_call(50, {}, 2'000'000)}}));
  std::vector<TimedRun> runs;
  for (std::size_t i = 0; i < seen.size(); ++i) runs.push_back({i % 2 == 0 ? "a" : "b", &seen[i]});
  const auto rows = compare_latencies(truth, runs, {});
  REQUIRE(rows.size() == 2);
  CHECK(rows[1].quantile == "p90");
}

TEST_CASE("Where there are other tasks, calls wait for those", "[validate]") {
  Truth truth;
  truth.calls["x86_64:recvfrom"] = {100, {}};
  std::vector<Observation> seen(20, seen_of({{"x86_64:recvfrom", seen_call(100, {}, 2'000'000)}}));
  std::vector<TimedRun> runs;
  for (std::size_t i = 0; i < seen.size(); ++i) runs.push_back({i % 2 == 0 ? "a" : "b", &seen[i]});
  CHECK(compare_latencies(truth, runs, {}).size() == 3);
  for (Observation& each : seen) each.ledger.no_return = 2;
  CHECK(compare_latencies(truth, runs, {}).empty());
}

TEST_CASE("Few runs, and waits of unknown length, are not compared", "[validate]") {
  CHECK(latencies(0, kLatencyRuns - 1).empty());
  CHECK(latencies(0, 12, 0, true).empty());
}

TEST_CASE("strace's own text is read for its durations", "[validate]") {
  Truth truth;
  truth.at_least_ns = {{"x86_64:poll", 4'000'000}, {"x86_64:nanosleep", 1}};
  const CallDurations told = durations_in(
      "12 poll(NULL, 0, 4) = 0 (Timeout) <0.004104>\n"
      "12 nanosleep({tv_sec=1, tv_nsec=0},  <unfinished ...>\n"
      "13 write(1, \"poll() <0.5>\", 12) = 12 <0.000003>\n"
      "12 <... nanosleep resumed>NULL) = 0 <1.000200>\n"
      "12 exit_group(0) = ?\n",
      truth);
  REQUIRE(told.size() == 2);
  CHECK(told.at("x86_64:poll") == std::vector<std::uint64_t>{4'104'000});
  CHECK(told.at("x86_64:nanosleep") == std::vector<std::uint64_t>{1'000'200'000});
}

TEST_CASE("One late wake-up is the host's doing, many are the tracer's", "[validate]") {
  Truth truth;
  truth.at_least_ns["x86_64:poll"] = 5'000'000;
  truth.calls["x86_64:poll"] = {20, {}};
  truth.took_ns["x86_64:poll"] = 20 * 5'060'000;
  StraceRun strace{"", truth};
  for (int i = 0; i < 20; ++i) strace.log += "7 poll(NULL, 0, 5) = 0 (Timeout) <0.005100>\n";
  Observation seen = seen_of({{"x86_64:poll", seen_call(20, {}, 5'060'000)}});
  const auto compared = [&] { return compare_calls(strace, "a", {{&truth, &seen}}, {}); };
  CHECK(compared().pairs.size() == 20);
  CHECK(compared().off() == 0);
  seen.calls["x86_64:poll"].histogram = {{5'060'000, 5'060'000, 19}, {60'000'000, 60'000'000, 1}};
  CHECK(compared().agrees());
  seen.calls["x86_64:poll"].histogram = {{9'000'000, 9'000'000, 20}};
  CHECK_FALSE(compared().agrees());
  truth.took_ns["x86_64:poll"] = 20 * 9'100'000;  // the host was as late as that
  CHECK(compared().agrees());
  seen.calls.clear();
  CHECK_FALSE(compared().agrees());
}

}  // namespace latimer::compare
