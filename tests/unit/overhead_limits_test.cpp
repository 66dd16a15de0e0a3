#include "validation/overhead/limits.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "validation/overhead/seen.h"

using namespace latimer;
using namespace latimer::overhead;

namespace {

// The rows of a measurement whose figures are given, round by round.
class Made {
 public:
  Row& add(const std::string& task, std::string_view competitor, Kind kind = Kind::way) {
    Row row;
    row.task = index(tasks, task);
    row.competitor = index(competitors, std::string(competitor));
    row.runs = 9;
    competitors[row.competitor].kind = kind;
    rows.push_back(row);
    return rows.back();
  }
  [[nodiscard]] Limit limit(std::string_view about) const {
    for (const Limit& one : judge_all(tasks, competitors, rows)) {
      if (one.about.find(about) != std::string::npos) return one;
    }
    FAIL("no limit about " << about);
    return {};
  }
  std::vector<Task> tasks;
  std::vector<Competitor> competitors;
  std::vector<Row> rows;

 private:
  template <typename T>
  static std::size_t index(std::vector<T>& items, const std::string& name) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (items[i].name == name) return i;
    }
    items.emplace_back();
    items.back().name = name;
    return items.size() - 1;
  }
};

}  // namespace

TEST_CASE("A limit is met or missed by the whole interval, else open", "[overhead]") {
  CHECK(judge({1.005, 1.001, 1.01}, 1.01, true) == Judgment::met);
  CHECK(judge({1.005, 1.001, 1.02}, 1.01, true) == Judgment::open);
  CHECK(judge({1.05, 1.04, 1.06}, 1.01, true) == Judgment::missed);
  CHECK(judge({2.0, 1.8, 2.2}, 1.7, false) == Judgment::met);
  CHECK(judge({2.0, 1.6, 2.2}, 1.7, false) == Judgment::open);
  CHECK(judge({1.2, 1.1, 1.3}, 1.7, false) == Judgment::missed);
  CHECK(judge({1, -INFINITY, INFINITY}, 1.7, false) == Judgment::open);
  CHECK(judge({NAN, NAN, NAN}, 1.7, true) == Judgment::open);
}

TEST_CASE("Slowdowns of the usual capture have limits by workload", "[overhead]") {
  Made made;
  made.add("compile", kAggregate).slowdown = Interval{1.003, 0.998, 1.008};
  made.add("sqlite", kAggregate).slowdown = Interval{1.003, 0.998, 1.008};
  made.add("cpu", kAggregate).slowdown = Interval{1.03, 1.02, 1.04};
  CHECK(made.limit("on compile: slowdown").verdict == Judgment::met);
  CHECK(made.limit("on sqlite: slowdown").verdict == Judgment::met);
  CHECK(made.limit("on cpu: slowdown").verdict == Judgment::missed);
}

TEST_CASE("A slowdown is quoted beside what an empty pair costs, which excuses nothing", "[overhead]") {
  Made made;
  made.add("cpu", kAggregate).slowdown = Interval{1.03, 1.02, 1.04};
  made.add("cpu", kEmptyPair).slowdown = Interval{1.004, 0.999, 1.009};
  CHECK(made.limit("on cpu: slowdown").quoted == "an empty program pair +0.40 % (-0.10 to 0.90)");
  made.rows.back().slowdown = Interval{1.025, 1.02, 1.03};
  CHECK(made.limit("on cpu: slowdown").verdict == Judgment::missed);
  made.rows.back().runs = 3;
  CHECK(made.limit("on cpu: slowdown").quoted.empty());
}

TEST_CASE("What was not measured is not judged, and says so", "[overhead]") {
  Made made;
  made.add("redis-get", kAggregate).lost_share = {0.2, 0.2};
  const Limit limit = made.limit("to what syscount -L costs");
  CHECK(limit.verdict == Judgment::not_judged);
  CHECK(limit.why_not == "syscount -L was not measured");
  CHECK_FALSE(limit.seen);
}

TEST_CASE("Few runs are not judged", "[overhead]") {
  Made made;
  Row& row = made.add("cpu", kAggregate);
  row.slowdown = Interval{1.03, 1.02, 1.04};
  row.runs = 4;
  CHECK(made.limit("on cpu: slowdown").verdict == Judgment::not_judged);
  CHECK(made.limit("on cpu: slowdown").why_not == "fewer than 5 runs say too little");
}

TEST_CASE("dd's calls are compared with getppid's by the wall time of both", "[overhead]") {
  Made made;
  made.add("dd-512", kAggregate).added_wall_ns = {80, 81, 82};
  made.add("getppid", kAggregate).added_wall_ns = {90, 91, 92};
  made.rows.back().added_ns = {70, 70, 70};
  CHECK(made.limit("on dd-512").verdict == Judgment::met);
  CHECK(made.limit("on dd-512").quoted == "81 ns to 91 ns");
}

TEST_CASE("What dd's calls cost is quoted beside the empty pair's, where enough runs tell", "[overhead]") {
  Made made;
  made.add("dd-512", kAggregate).added_wall_ns = {105, 105, 105};
  made.add("getppid", kAggregate).added_wall_ns = {100, 100, 100};
  made.add("dd-512", kEmptyPair, Kind::floor).added_wall_ns = {55, 55, 55};
  made.add("getppid", kEmptyPair, Kind::floor).added_wall_ns = {50, 50, 50};
  const Limit limit = made.limit("on dd-512");
  CHECK(limit.quoted == "105 ns to 100 ns; an empty program pair 1.100 (1.100 to 1.100)");
  CHECK(limit.verdict == Judgment::missed);
  made.rows.back().added_wall_ns = {-1, 0, 1};
  CHECK(made.limit("on dd-512").quoted == "105 ns to 100 ns");
  made.rows.back().added_wall_ns = {50, 50, 50};
  made.rows.back().runs = 3;
  CHECK(made.limit("on dd-512").quoted == "105 ns to 100 ns");
}

TEST_CASE("Throughput lost is a ratio of what both lose", "[overhead]") {
  Made made;
  made.add("redis-set", kAggregate).lost_share = {0.20, 0.20, 0.20};
  made.add("redis-set", kSyscount, Kind::peer).lost_share = {0.40, 0.40, 0.40};
  made.add("redis-set", kEmptyPair, Kind::floor).lost_share = {0.05, 0.05, 0.05};
  const Limit half = made.limit("to what syscount -L costs");
  CHECK(half.verdict == Judgment::met);
  CHECK(half.seen->estimate == Approx(0.5));
  CHECK(half.quoted == "20.0 % to 40.0 %");
  CHECK(made.limit("to what empty program pair costs").verdict == Judgment::missed);
}

TEST_CASE("What may be nothing is no divisor", "[overhead]") {
  Made made;
  made.add("redis-set", kAggregate).lost_share = {0.01, 0.02, 0.01};
  made.add("redis-set", kEmptyPair, Kind::floor).lost_share = {0.01, -0.02, 0.001};
  CHECK(made.limit("to what empty program pair costs").verdict == Judgment::open);
}

TEST_CASE("The cheapest peer must be dearer than the usual capture", "[overhead]") {
  Made made;
  const auto add = [&](std::string_view name, Kind kind, double ns) {
    Row& row = made.add("getppid", name, kind);
    row.added_ns = {ns, ns, ns};
    row.ns_per_call = Interval{ns, ns, ns};
  };
  add(kAggregate, Kind::way, 70);
  add("ebpf-stream", Kind::way, 20);  // no peer
  add(kSyscount, Kind::peer, 130);
  add(kBpftraceHist, Kind::peer, 200);
  CHECK(made.limit("the cheapest peer").verdict == Judgment::met);
  CHECK(made.limit("the cheapest peer").quoted == "syscount -L: 130 ns to 70 ns");
  CHECK(made.limit("ns per call of syscount -L").verdict == Judgment::met);
  CHECK(made.limit("ns per call of bpftrace hist").verdict == Judgment::missed);
}

TEST_CASE("The strace backend is compared with strace to a file, round by round", "[overhead]") {
  Made made;
  made.add("sqlite", kStrace).slowdown = Interval{10, 10, 10};
  made.rows.back().slowdowns = {10.2, 20.4, 5.1};
  made.add("sqlite", kStraceToFile, Kind::peer).slowdown = Interval{10, 10, 10};
  made.rows.back().slowdowns = {10, 20, 5};
  const Limit limit = made.limit("strace backend on sqlite");
  CHECK(limit.verdict == Judgment::met);
  CHECK(limit.seen->estimate == Approx(1.02));
}

TEST_CASE("Losses are read from what perf and bpftrace say", "[overhead]") {
  CHECK(lost_events_in("") == 0);
  CHECK(lost_events_in("LOST 12 events!\nnothing lost\nLost 3 events\nlost 5 pages\n") == 15);
}
