#include "core/stats/metric.h"

namespace latimer {
namespace {

constexpr std::array<std::string_view, kMetricCount> kNames = {
    "count", "errors", "total", "avg", "min", "max", "p50", "p90", "p95", "p99", "p999", "rate"};

}  // namespace

std::string_view to_string(Metric metric) { return kNames[static_cast<std::size_t>(metric)]; }

std::optional<Metric> metric_from_name(std::string_view name) {
  for (const Metric metric : kAllMetrics) {
    if (to_string(metric) == name) return metric;
  }
  return std::nullopt;
}

bool is_time(Metric metric) {
  return metric != Metric::count && metric != Metric::errors && metric != Metric::rate;
}

std::optional<double> quantile_of(Metric metric) {
  switch (metric) {
    case Metric::p50:
      return 0.5;
    case Metric::p90:
      return 0.9;
    case Metric::p95:
      return 0.95;
    case Metric::p99:
      return 0.99;
    case Metric::p999:
      return 0.999;
    default:
      return std::nullopt;
  }
}

}  // namespace latimer
