#include "core/stats/run_figures.h"

#include <algorithm>
#include <cmath>

#include "core/stats/call_interval.h"
#include "core/stats/comparison.h"

namespace latimer {
namespace {

using Number = std::optional<double>;

Number number(std::optional<std::uint64_t> value) {
  return value ? Number(static_cast<double>(*value)) : std::nullopt;
}

// A summary's times, where they are those of all the calls.
const Tabulated* table_of(const SyscallStats& stats) {
  return stats.table && stats.table->count == stats.count() ? &*stats.table : nullptr;
}

// As recorded, the tracer's cost included, and how many times it is.
struct Raw {
  Number value;
  double costs = 1;
};

Raw raw_total(const SyscallStats& stats) {
  if (stats.latency.count() > 0)
    return {static_cast<double>(stats.latency.sum()), static_cast<double>(stats.latency.count())};
  const Tabulated* table = table_of(stats);
  if (table == nullptr) return {};
  return {number(table->total_ns), static_cast<double>(table->count)};
}

Number raw_avg(const SyscallStats& stats) {
  const Raw total = raw_total(stats);
  return total.value && total.costs > 0 ? Number(*total.value / total.costs) : std::nullopt;
}

Raw raw_time(Metric metric, const SyscallStats& stats) {
  const Tabulated* table = table_of(stats);
  switch (metric) {
    case Metric::total:
      return raw_total(stats);
    case Metric::avg:
      return {raw_avg(stats)};
    case Metric::min:
      return {number(table != nullptr ? table->min_ns : stats.latency.min())};
    case Metric::max:
      return {number(table != nullptr ? table->max_ns : stats.latency.max())};
    default:
      return {number(stats.latency.quantile(quantile_of(metric).value_or(1)))};
  }
}

Number rate(const RunFigures& call) {
  if (call.run.observed_ns.value_or(0) == 0) return std::nullopt;
  const double calls = call.stats == nullptr ? 0 : static_cast<double>(call.stats->count());
  return calls * 1e9 / static_cast<double>(*call.run.observed_ns);
}

std::vector<double> values_of(Metric metric, const std::vector<RunFigures>& runs) {
  std::vector<double> values;
  for (const RunFigures& run : runs) {
    if (const Number value = figure(metric, run)) values.push_back(*value);
  }
  return values;
}

double without_cost(double ns, double cost) { return std::max(0.0, ns - cost); }

// Of one run's calls; nullopt: there are no single durations, or the metric is none that they have a spread
// of.
std::optional<Interval> interval_of(Metric metric, const RunFigures& call, const CompareOptions& options) {
  const auto q = quantile_of(metric);
  if (call.stats == nullptr || call.stats->latency.count() == 0 || (!q && metric != Metric::avg))
    return std::nullopt;
  const Histogram& calls = call.stats->latency;
  double effect = options.design_effect;
  if (!(effect >= 1)) effect = q ? quantile_design_effect(call.slices, *q) : mean_design_effect(call.slices);
  const Interval raw = q ? quantile_interval(calls, *q, effect) : mean_interval(calls, effect);
  const auto cost = static_cast<double>(call.run.cost_ns);
  return Interval{without_cost(raw.estimate, cost), without_cost(raw.low, cost),
                  without_cost(raw.high, cost)};
}

// The worst of all the runs.
struct Blur {
  double buckets = 0;          // relative
  double step = 1;             // ns
  double least = 0, most = 0;  // cost, ns
};

Blur blur_of(const std::vector<RunFigures>& a, const std::vector<RunFigures>& b) {
  Blur blur;
  double of_side[2] = {0, 0};
  blur.least = static_cast<double>(a.empty() ? 0 : a.front().run.cost_ns);
  for (const auto* side : {&a, &b}) {
    for (const RunFigures& call : *side) {
      if (call.stats != nullptr) {
        double& worst = of_side[side == &b];
        worst = std::max(worst, call.stats->latency.error_bound());
      }
      const auto cost = static_cast<double>(call.run.cost_ns);
      blur.step = std::max(blur.step, static_cast<double>(call.run.step_ns));
      blur.least = std::min(blur.least, cost);
      blur.most = std::max(blur.most, cost);
    }
  }
  blur.buckets = of_side[0] + of_side[1];
  return blur;
}

double median_calls(const std::vector<RunFigures>& runs) { return median(values_of(Metric::count, runs)); }

double margin_of(Metric metric, double value, const std::vector<RunFigures>& a,
                 const std::vector<RunFigures>& b, const CompareOptions& options) {
  const Blur blur = blur_of(a, b);
  const bool quantile = quantile_of(metric).has_value();
  const bool tail = quantile && metric != Metric::p50;
  const bool alone = a.size() == 1 && b.size() == 1;
  const double of_tail = alone ? options.alone_tail_margin : options.tail_margin;
  const double of_middle = alone ? options.alone_middle_margin : options.middle_margin;
  const double part = (tail ? of_tail : of_middle) + (quantile ? blur.buckets : 0);
  // How much a tracer's cost differs from run to run shows only in runs.
  const double cost = alone ? blur.most : blur.most - blur.least;
  const double each = static_cast<double>(options.floor_ns) + (blur.step > 1 ? 2 * blur.step : 0) + cost;
  // What each call may be off by, a total may be off by as many times as there are calls.
  const double times = metric == Metric::total ? std::max(median_calls(a), median_calls(b)) : 1;
  return value * part + each * times;
}

bool judged(Metric metric) {
  return metric == Metric::avg || metric == Metric::total || quantile_of(metric).has_value();
}

}  // namespace

std::optional<double> figure(Metric metric, const RunFigures& call) {
  if (metric == Metric::rate) return rate(call);
  const bool adds_up = metric == Metric::count || metric == Metric::errors || metric == Metric::total;
  if (call.stats == nullptr) return adds_up ? std::optional<double>(0) : std::nullopt;
  if (metric == Metric::count) return static_cast<double>(call.stats->count());
  if (metric == Metric::errors) return static_cast<double>(call.stats->error_count());
  const Raw raw = raw_time(metric, *call.stats);
  if (!raw.value) return std::nullopt;
  return without_cost(*raw.value, static_cast<double>(call.run.cost_ns) * raw.costs);
}

Change compare_metric(Metric metric, const std::vector<RunFigures>& a, const std::vector<RunFigures>& b,
                      const CompareOptions& options) {
  Change change = change_of_runs(values_of(metric, a), values_of(metric, b), options.bootstrap);
  if (a.size() == 1 && b.size() == 1) {
    const auto of_a = interval_of(metric, a.front(), options), of_b = interval_of(metric, b.front(), options);
    if (of_a && of_b) {
      change = change_of_calls(*of_a, *of_b);
    } else if (of_b) {
      change.of_b = of_b;
    }
  }
  if (!judged(metric) || !change.a) return change;
  change.margin = margin_of(metric, *change.a, a, b, options);
  if (change.shift) change.verdict = judge_latency(*change.shift, *change.margin);
  return change;
}

}  // namespace latimer
