// Two captures, or two sets of captures, compared call by call: what `latimer diff A B` finds, as plain data.
//
// Several runs on a side: the run is the unit (change.h). One run on each side: latencies are compared by
// their calls, which says something about these two runs, not about the programs. It assumes how much calls
// depend on each other (call_interval.h), and that two runs of the same program differ by less than the
// margin. Counts, totals and extremes of single runs have no interval: they are what they are.
//
// Each number is judged by itself. With the margins below, equal programs that vary from run to run by 5 %
// (deviation) are told apart in less than 1 of 100 rows, by 10 % in less than 1 of 20 when there is only one
// run of each: comparison_rates_test.cpp measures it. Under ptrace the same program's runs may differ by a
// factor of five, as the scheduler places tracer and target; single ones are then told apart as often as not,
// less often when the tracer's cost is told. Several runs are not.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/model/abi.h"
#include "core/stats/change.h"
#include "core/stats/metric.h"
#include "core/stats/snapshot.h"

namespace latimer {

struct ComparedRun {
  Snapshot snapshot;
  std::optional<std::uint64_t> observed_ns;  // nullopt: a log without time stamps
  std::optional<std::uint64_t> own_cost_ns;  // what the tracer adds to each duration
  std::uint64_t duration_step_ns = 1;  // what the last digit of a duration stands for: 1000 for strace -T
  bool watched_all = false;            // every call there is: what is not here was not made
  std::unordered_map<std::int32_t, std::string> call_names;  // of calls that our tables do not know
  // What happened in the first, second, ... part of the run, in order. Many (kFewestSlices at least) make the
  // assumption about how calls depend on each other a measurement. May be empty.
  std::vector<Snapshot> slices;
};

struct CompareOptions {
  // Shifts smaller than this are no news: a part of A's value, for quantiles the width of both sides'
  // buckets on top, plus a fixed part, two steps of the durations, and what the tracers' own costs differ
  // by; with one run on each side the whole of the greater cost: it is no constant, a stop by ptrace less
  // than any. The fixed part is for calls so short that a moved cache line is a tenth of them.
  double middle_margin = 0.10;        // avg, p50, total
  double tail_margin = 0.20;          // p90 and above
  double alone_middle_margin = 0.20;  // the same with one run on each side: how much runs of the same program
  double alone_tail_margin = 0.30;    // differ is not known then, and has to be in the margin
  std::uint64_t floor_ns = 200;
  double count_margin = 0;  // a part of A's count, or errors
  // Of all intervals of single runs, at least 1; below: measured where there are slices, else assumed.
  double design_effect = 0;
  BootstrapOptions bootstrap;  // level: 0.95, as everything else here is
};

enum class Presence : std::uint8_t { both, is_new, gone };    // is_new: only in B; gone: only in A
[[nodiscard]] std::string_view to_string(Presence presence);  // "both", "new", "gone"

// One system call. A run without it made 0 of them, in no time; it has no latencies.
struct ComparedCall {
  Abi abi = Abi::x86_64;
  std::string name;      // raw bytes
  bool waiting = false;  // blocks by nature: slower may mean idler
  Presence presence = Presence::both;
  std::optional<CountVerdict> counts, errors;
  std::optional<LatencyVerdict> latency;  // the verdict on p50; those on avg, p99 ... are in `changes`
  std::array<Change, kMetricCount> changes;

  [[nodiscard]] const Change& operator[](Metric metric) const {
    return changes[static_cast<std::size_t>(metric)];
  }
};

struct Comparison {
  std::size_t runs_a = 0, runs_b = 0;
  bool by_run = false;  // false: one run on each side, compared by their calls
  // The tracers' own costs are known on both sides and taken off every time here (off total for each call
  // with a duration); nothing goes below 0. false: times are as recorded.
  bool cost_taken_off = false;
  bool watched_all = false;         // all runs: a call that is not here was not made
  Change observed;                  // ns
  ComparedCall total;               // all calls together; name "total", abi means nothing
  std::vector<ComparedCall> calls;  // those whose total time changed most first; unknown totals last
};

// Subjects are put together. Calls are the same when ABI and name are: a call is new or gone, too, where a
// filter left it out of the other capture. A side without runs makes every call of the other new or gone.
[[nodiscard]] Comparison compare(const std::vector<ComparedRun>& a, const std::vector<ComparedRun>& b,
                                 const CompareOptions& options = {});
[[nodiscard]] Comparison compare(const ComparedRun& a, const ComparedRun& b,
                                 const CompareOptions& options = {});

}  // namespace latimer
