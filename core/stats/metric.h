// The numbers that are told of a call, by the names that --sort, --fail-if and the outputs give them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace latimer {

// Times in ns, count and errors in calls, rate in calls per second of observed time.
enum class Metric : std::uint8_t { count, errors, total, avg, min, max, p50, p90, p95, p99, p999, rate };

inline constexpr std::size_t kMetricCount = 12;
inline constexpr std::array<Metric, kMetricCount> kAllMetrics = {
    Metric::count, Metric::errors, Metric::total, Metric::avg, Metric::min,  Metric::max,
    Metric::p50,   Metric::p90,    Metric::p95,   Metric::p99, Metric::p999, Metric::rate};

[[nodiscard]] std::string_view to_string(Metric metric);
[[nodiscard]] std::optional<Metric> metric_from_name(std::string_view name);  // nullopt: no such metric

// In ns.
[[nodiscard]] bool is_time(Metric metric);

// 0.5 for p50 ...; nullopt: no quantile.
[[nodiscard]] std::optional<double> quantile_of(Metric metric);

}  // namespace latimer
