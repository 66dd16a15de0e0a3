// Durations as several ways tell them, held against each other. Each run gives one number (a quantile of one
// call); ways are compared by the shift of these numbers' medians, with a bootstrap interval, against a
// margin set beforehand. What a tracer itself adds to a duration is measured and taken off.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/stats/bootstrap.h"
#include "validation/compare/observation.h"
#include "validation/compare/truth.h"

namespace latimer::compare {

// Fewer runs than this give no interval that is worth having.
inline constexpr std::size_t kLatencyRuns = 10;

enum class LatencyVerdict : std::uint8_t {
  agree,      // the whole interval lies within the margin
  disagree,   // the whole interval lies beyond it
  unclear,    // neither; more runs may tell
  too_short,  // the tracer's own cost is too great a part of the duration to say anything
};
[[nodiscard]] std::string_view to_string(LatencyVerdict verdict);

// What a way adds to each duration. ns; at least 0.
struct OwnCost {
  std::string way;
  double ns = 0;
};

struct LatencyRow {
  std::string scenario, call, quantile;  // "p50"
  std::string way, reference;
  double told_ns = 0, reference_ns = 0;  // medians over the runs, own cost taken off
  Interval shift_ns;                     // told - reference
  double margin_ns = 0;
  LatencyVerdict verdict = LatencyVerdict::unclear;
};

struct TimedRun {
  std::string way;
  const Observation* seen = nullptr;
};

// Of one scenario. Sleeps are compared, whose length the truth knows, and the calls of workloads that make no
// other task: where there is one, calls take as long as the tracer makes what they wait for. Calls that make
// tasks or execute are left out: a tracer's stops for the new task lie inside them. A p90 takes 10 calls, a
// p99 takes 100. The reference is the way with the least cost of its own. Empty: too few runs, or ways.
[[nodiscard]] std::vector<LatencyRow> compare_latencies(const Truth& truth, const std::vector<TimedRun>& runs,
                                                        const std::vector<OwnCost>& costs);

// A tenth of the reference, the widths of both buckets, twice what the tracers add by themselves, and 2 us:
// what a tracer adds now and then (a page of its buffer that is not in the caches), and a loop of getppid
// does not show.
[[nodiscard]] double latency_margin_ns(double reference_ns, double error_bound, double own_costs_ns);

}  // namespace latimer::compare
