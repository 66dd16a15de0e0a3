#include "validation/compare/latency.h"

#include <algorithm>
#include <map>
#include <optional>

#include "core/model/call_traits.h"
#include "core/model/syscall_table.h"

namespace latimer::compare {
namespace {

// A duration shorter than so many times the tracers' own costs is theirs as much as the call's.
constexpr double kTooShort = 10;

struct Quantile {
  std::string_view name;
  Count SeenCall::*value;
  std::uint64_t calls;  // that it takes
};
constexpr Quantile kQuantiles[] = {
    {"p50", &SeenCall::p50_ns, 1}, {"p90", &SeenCall::p90_ns, 10}, {"p99", &SeenCall::p99_ns, 100}};

constexpr double kNowAndThenNs = 2000;

double cost_of(const std::vector<OwnCost>& costs, const std::string& way) {
  const auto found =
      std::find_if(costs.begin(), costs.end(), [&](const OwnCost& cost) { return cost.way == way; });
  return found == costs.end() ? 0 : found->ns;
}

// A quantile of one call in each run, by way; the tracer's own cost is off.
std::map<std::string, std::vector<double>> values_of(const std::string& call, const Quantile& quantile,
                                                     const std::vector<TimedRun>& runs,
                                                     const std::vector<OwnCost>& costs) {
  std::map<std::string, std::vector<double>> values;
  for (const TimedRun& run : runs) {
    const auto found = run.seen->calls.find(call);
    if (found == run.seen->calls.end()) continue;
    if (const Count told = found->second.*quantile.value)
      values[run.way].push_back(std::max(0.0, static_cast<double>(*told) - cost_of(costs, run.way)));
  }
  return values;
}

bool makes_tasks(const Observation& seen) { return seen.ledger.no_return.value_or(1) > 1; }

bool comparable(const Truth& truth, const std::string& call, const std::vector<TimedRun>& runs) {
  if (truth.at_least_ns.contains(call)) return true;
  constexpr std::string_view kNative = "x86_64:";
  if (!call.starts_with(kNative)) return false;
  const auto number = syscall_number(Abi::x86_64, std::string_view(call).substr(kNative.size()));
  if (!number || call_traits(Abi::x86_64, *number) != 0) return false;
  return std::none_of(runs.begin(), runs.end(), [&](const TimedRun& run) {
    const auto found = run.seen->calls.find(call);
    return makes_tasks(*run.seen) || (found != run.seen->calls.end() && found->second.waiting);
  });
}

double error_bound_of(const std::string& call, const std::vector<TimedRun>& runs) {
  double bound = 0;
  for (const TimedRun& run : runs) {
    const auto found = run.seen->calls.find(call);
    if (found != run.seen->calls.end()) bound = std::max(bound, found->second.error_bound);
  }
  return bound;
}

LatencyVerdict verdict_of(const Interval& shift, double margin) {
  if (shift.low >= -margin && shift.high <= margin) return LatencyVerdict::agree;
  if (shift.low > margin || shift.high < -margin) return LatencyVerdict::disagree;
  return LatencyVerdict::unclear;
}

}  // namespace

std::string_view to_string(LatencyVerdict verdict) {
  constexpr std::array<std::string_view, 4> kNames = {"agree", "DISAGREE", "unclear", "too short"};
  return kNames[static_cast<std::size_t>(verdict)];
}

double latency_margin_ns(double reference_ns, double error_bound, double own_costs_ns) {
  return reference_ns * (0.1 + 2 * error_bound) + 2 * own_costs_ns + kNowAndThenNs;
}

std::vector<LatencyRow> compare_latencies(const Truth& truth, const std::vector<TimedRun>& runs,
                                          const std::vector<OwnCost>& costs) {
  std::vector<LatencyRow> rows;
  for (const auto& [call, made] : truth.calls) {
    if (!comparable(truth, call, runs)) continue;
    for (const Quantile& quantile : kQuantiles) {
      if (made.count < quantile.calls) continue;
      auto values = values_of(call, quantile, runs, costs);
      std::erase_if(values, [](const auto& way) { return way.second.size() < kLatencyRuns; });
      if (values.size() < 2) continue;
      const auto reference = std::min_element(
          values.begin(), values.end(),
          [&](const auto& a, const auto& b) { return cost_of(costs, a.first) < cost_of(costs, b.first); });
      for (const auto& [way, told] : values) {
        if (way == reference->first) continue;
        const double own = cost_of(costs, way) + cost_of(costs, reference->first);
        LatencyRow row{truth.scenario,
                       call,
                       std::string(quantile.name),
                       way,
                       reference->first,
                       median(told),
                       median(reference->second),
                       {},
                       0,
                       LatencyVerdict::too_short};
        row.shift_ns = shift_of_medians(reference->second, told);
        row.margin_ns = latency_margin_ns(row.reference_ns, error_bound_of(call, runs), own);
        if (row.reference_ns >= kTooShort * own) row.verdict = verdict_of(row.shift_ns, row.margin_ns);
        rows.push_back(std::move(row));
      }
    }
  }
  return rows;
}

}  // namespace latimer::compare
