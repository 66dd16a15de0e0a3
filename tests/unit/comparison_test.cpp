#include "core/stats/comparison.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <string>

#include "core/stats/call_interval.h"
#include "tests/unit/comparison_fixture.h"

using namespace latimer;

namespace {

const ComparedCall& call_named(const Comparison& comparison, std::string_view name) {
  for (const ComparedCall& call : comparison.calls) {
    if (call.name == name) return call;
  }
  FAIL("no row for " << name);
  return comparison.total;
}

std::vector<std::string> names_of(const Comparison& comparison) {
  std::vector<std::string> names;
  for (const ComparedCall& call : comparison.calls) names.push_back(call.name);
  return names;
}

}  // namespace

TEST_CASE("Numbers of two runs stand beside each other", "[comparison]") {
  ComparedRun a = run_of("read", times(1000, 2'000)), b = run_of("read", times(3000, 2'000));
  a.snapshot.stats.at(key_of("read")).errors[11] = 4;
  const Comparison found = compare(a, b);
  CHECK_FALSE(found.by_run);
  CHECK(found.runs_a == 1);
  const ComparedCall& read = call_named(found, "read");
  CHECK(read.presence == Presence::both);
  CHECK(read[Metric::count].a == 1000);
  CHECK(read[Metric::count].b == 3000);
  CHECK(read.counts == CountVerdict::more);
  CHECK(read.errors == CountVerdict::fewer);
  CHECK(read[Metric::total].b == 6'000'000);
  CHECK(read[Metric::avg].a == 2'000);
  CHECK(read[Metric::rate].b == 3000);
  CHECK(read.latency == LatencyVerdict::same);
  CHECK_FALSE(read[Metric::total].shift);  // of one run nothing is known about how totals vary
  CHECK_FALSE(read[Metric::max].verdict);
  CHECK(found.total[Metric::count].b == 3000);
  CHECK(found.observed.a == 1'000'000'000);
}

TEST_CASE("Equal counts are equal, and a margin may be asked for", "[comparison]") {
  const ComparedRun a = run_of("read", times(1000, 100));
  CHECK(compare(a, a).calls.at(0).counts == CountVerdict::equal);
  const ComparedRun b = run_of("read", times(1004, 100));
  CHECK(compare(a, b).calls.at(0).counts == CountVerdict::more);
  CompareOptions options;
  options.count_margin = 0.01;
  CHECK(compare(a, b, options).calls.at(0).counts == CountVerdict::equal);
}

TEST_CASE("Calls of one side are new or gone, and have no latency on the other", "[comparison]") {
  const Comparison found = compare(run_of("read", times(10, 100)), run_of("write", times(20, 100)));
  const ComparedCall &read = call_named(found, "read"), &write = call_named(found, "write");
  CHECK(to_string(read.presence) == "gone");
  CHECK(to_string(write.presence) == "new");
  CHECK(read[Metric::count].b == 0);
  CHECK(read[Metric::total].b == 0);
  CHECK_FALSE(read[Metric::p50].b);
  CHECK_FALSE(read.latency);
  CHECK(read.counts == CountVerdict::fewer);
  CHECK(write[Metric::p99].b == 100);
  CHECK_FALSE(write[Metric::p99].a);
}

TEST_CASE("Rows are sorted by how much total time changed, unknown last", "[comparison]") {
  ComparedRun a, b;
  add_calls(a.snapshot, "read", times(10, 1'000));
  add_calls(b.snapshot, "read", times(10, 2'000));  // +10 us
  add_calls(a.snapshot, "fsync", times(1, 90'000));
  add_calls(b.snapshot, "fsync", times(1, 40'000));   // -50 us
  add_calls(b.snapshot, "openat", times(2, 12'000));  // +24 us
  a.snapshot.stats[key_of("close")].untimed = 1;
  b.snapshot.stats[key_of("close")].untimed = 900;
  CHECK(names_of(compare(a, b)) == std::vector<std::string>{"fsync", "openat", "read", "close"});
}

TEST_CASE("Without durations there are counts and no latencies", "[comparison]") {
  ComparedRun a, b;
  a.snapshot.stats[key_of("read")].untimed = 5;
  b.snapshot.stats[key_of("read")].untimed = 6;
  const Comparison found = compare(a, b);
  const ComparedCall& read = found.calls.at(0);
  CHECK(read.counts == CountVerdict::more);
  for (const Metric metric : {Metric::total, Metric::avg, Metric::min, Metric::p50, Metric::rate}) {
    CHECK_FALSE(read[metric].a);
    CHECK_FALSE(read[metric].verdict);
  }
  CHECK_FALSE(found.observed.a);
}

TEST_CASE("A summary's times are those of all its calls", "[comparison]") {
  ComparedRun a;
  a.snapshot.stats[key_of("read")].table = Tabulated{10, 2, 50'000, 1'000, 9'000};
  const ComparedCall read = compare(a, a).calls.at(0);
  CHECK(read[Metric::count].a == 10);
  CHECK(read[Metric::errors].a == 2);
  CHECK(read[Metric::total].a == 50'000);
  CHECK(read[Metric::avg].a == 5'000);
  CHECK(read[Metric::max].a == 9'000);
  CHECK_FALSE(read[Metric::p50].a);
}

TEST_CASE("The tracers' own costs are taken off when both are known", "[comparison]") {
  ComparedRun a = run_of("read", times(1000, 10'000)), b = run_of("read", times(1000, 40'000));
  a.own_cost_ns = 1'000;
  CHECK_FALSE(compare(a, b).cost_taken_off);
  CHECK(compare(a, b).calls.at(0)[Metric::avg].a == 10'000);
  b.own_cost_ns = 31'000;
  const Comparison found = compare(a, b);
  CHECK(found.cost_taken_off);
  const ComparedCall& read = found.calls.at(0);
  CHECK(read[Metric::avg].a == 9'000);
  CHECK(read[Metric::avg].b == 9'000);
  CHECK(read[Metric::total].b == 9'000'000);
  CHECK(read[Metric::avg].margin.value_or(0) >= 30'000);  // what was taken off is itself only measured
  CHECK(read.latency == LatencyVerdict::same);
  b.own_cost_ns = 50'000;
  CHECK(compare(a, b).calls.at(0)[Metric::p50].b == 0);
}

TEST_CASE("Single runs may differ by their tracer's cost", "[comparison]") {
  ComparedRun a = run_of("read", times(1000, 16'000)), b = run_of("read", times(1000, 28'000));
  CHECK(compare(a, b).calls.at(0).latency == LatencyVerdict::slower);
  a.own_cost_ns = b.own_cost_ns = 15'000;
  CHECK(compare(a, b).calls.at(0).latency == LatencyVerdict::same);
  CHECK(compare({a, a}, {b, b}).calls.at(0).latency == LatencyVerdict::slower);
}

TEST_CASE("Coarse time steps make no call slower", "[comparison]") {
  ComparedRun a = run_of("read", times(1000, 1'000)), b = run_of("read", times(1000, 2'000));
  CHECK(compare(a, b).calls.at(0).latency == LatencyVerdict::slower);
  b.duration_step_ns = 1'000;
  CHECK(compare(a, b).calls.at(0).latency == LatencyVerdict::same);
}

TEST_CASE("Calls go by ABI and name, whatever number a log gave them", "[comparison]") {
  ComparedRun a, b;
  a.snapshot.stats[SyscallKey{Abi::x86_64, -2, {}}].untimed = 3;
  a.call_names[-2] = "novel";
  b.snapshot.stats[SyscallKey{Abi::x86_64, -7, {}}].untimed = 3;
  b.call_names[-7] = "novel";
  b.snapshot.stats[key_of("read", Abi::i386)].untimed = 1;
  Subject subject;
  subject.kind = GroupBy::comm;
  subject.name = "sh";
  a.snapshot.stats[SyscallKey{Abi::i386, key_of("read", Abi::i386).number, subject}].untimed = 1;
  a.snapshot.stats[key_of("read")].untimed = 1;
  const Comparison found = compare(a, b);
  REQUIRE(found.calls.size() == 3);
  CHECK(call_named(found, "novel").counts == CountVerdict::equal);
  for (const ComparedCall& call : found.calls) {
    if (call.name == "read") {
      CHECK(call.presence == (call.abi == Abi::i386 ? Presence::both : Presence::gone));
    }
  }
}

TEST_CASE("With several runs medians are compared, and a run without the call made none", "[comparison]") {
  std::vector<ComparedRun> a, b;
  for (const std::uint64_t count : {10, 12, 11}) a.push_back(run_of("read", times(count, 1'000)));
  for (const std::uint64_t count : {21, 20, 0}) b.push_back(run_of("read", times(count, 5'000)));
  b.back().snapshot.stats.clear();
  const Comparison found = compare(a, b);
  CHECK(found.by_run);
  const ComparedCall& read = found.calls.at(0);
  CHECK(read[Metric::count].a == 11);
  CHECK(read[Metric::count].b == 20);
  CHECK(read.counts == CountVerdict::unclear);
  CHECK(read[Metric::p50].shift.value().estimate == 4'000);
  CHECK(read[Metric::total].ratio.has_value());
  CHECK(compare(a, a).calls.at(0).counts == CountVerdict::unclear);
  CHECK(compare(std::vector(3, a[0]), std::vector(3, a[0])).calls.at(0).counts == CountVerdict::equal);
  CHECK(compare(std::vector(3, a[0]), std::vector(3, a[1])).calls.at(0).counts == CountVerdict::more);
}

TEST_CASE("One run against several says nothing of its own spread", "[comparison]") {
  const ComparedRun one = run_of("read", times(1000, 1'000)), slow = run_of("read", times(1000, 9'000));
  const Comparison found = compare({one}, {slow, slow, slow});
  CHECK(found.by_run);
  CHECK(found.calls.at(0).latency == LatencyVerdict::unclear);
  CHECK(std::isinf(found.calls.at(0)[Metric::p50].shift.value().high));
}

TEST_CASE("Nothing compared with nothing, or with something", "[comparison]") {
  CHECK(compare(ComparedRun{}, ComparedRun{}).calls.empty());
  CHECK(compare(ComparedRun{}, ComparedRun{}).total[Metric::count].b == 0);
  const std::vector<ComparedRun> none;
  CHECK(compare(none, none).calls.empty());
  CHECK(compare(none, {run_of("read", times(1, 1))}).calls.at(0).presence == Presence::is_new);
}

TEST_CASE("Too few calls leave the ends of an interval open", "[comparison]") {
  Histogram calls;
  for (int i = 0; i < 100; ++i) calls.record(1'000 + static_cast<std::uint64_t>(i));
  CHECK(std::isfinite(quantile_interval(calls, 0.5, 1).high));
  CHECK(std::isinf(quantile_interval(calls, 0.99, 1).high));  // 0.99^100 is more than 2.5 %
  CHECK(std::isinf(quantile_interval(calls, 0.5, 20).high));  // 0.5^5, too
  CHECK(quantile_interval(calls, 0.5, 20).low == 0);
  CHECK(std::isinf(mean_interval(calls, 60).high));
  CHECK(std::isnan(quantile_interval(Histogram(), 0.5, 1).low));
  const ComparedRun a = run_of("read", times(20, 1'000)), b = run_of("read", times(20, 90'000));
  CHECK(compare(a, b).calls.at(0).latency == LatencyVerdict::unclear);
}

TEST_CASE("Student's t is that of the tables", "[comparison]") {
  CHECK(std::isinf(student_t(0.5)));
  CHECK(student_t(1) == Approx(12.706));
  CHECK(student_t(4.9) == Approx(2.776));
  CHECK(student_t(30.5) == Approx(2.042));
  CHECK(student_t(40) == Approx(2.021).margin(0.002));
  CHECK(student_t(120) == Approx(1.980).margin(0.002));
}

TEST_CASE("Slices tell how much calls depend on each other", "[comparison]") {
  std::mt19937_64 random(5);
  const auto slices_of = [&](double correlation) {
    const auto ns = draw({20'000, 0.5, correlation, 40'000}, 1, random);
    std::vector<Histogram> slices(100);
    for (std::size_t i = 0; i < ns.size(); ++i) slices[i / 400].record(ns[i]);
    return slices;
  };
  const auto independent = slices_of(0), sticky = slices_of(0.95);
  CHECK(quantile_design_effect(independent, 0.5) < 2);
  CHECK(mean_design_effect(independent) < 2);
  CHECK(quantile_design_effect(sticky, 0.5) == Approx(27).epsilon(0.5));  // 27.1 in theory
  CHECK(mean_design_effect(sticky) == Approx(35).epsilon(0.5));           // a little below 39
  const std::span few(sticky.data(), kFewestSlices - 1);
  CHECK(mean_design_effect(few) == kAssumedMeanEffect);
  CHECK(quantile_design_effect(few, 0.99) == assumed_quantile_effect(0.99));
  CHECK(assumed_quantile_effect(0.999) < assumed_quantile_effect(0.5));
}

TEST_CASE("Slices of a run change its interval", "[comparison]") {
  std::mt19937_64 random(6);
  const auto ns = draw({20'000, 0.5, 0, 10'000}, 1, random);
  ComparedRun run = run_of("read", ns);
  const Interval assumed = compare(run, run).calls.at(0)[Metric::p50].shift.value();
  run.slices.resize(50);
  for (std::size_t i = 0; i < ns.size(); ++i) run.slices[i / 200].stats[key_of("read")].latency.record(ns[i]);
  const Interval measured = compare(run, run).calls.at(0)[Metric::p50].shift.value();
  CHECK(measured.high - measured.low < (assumed.high - assumed.low) / 2);
}
