// The numbers of one call in one run, and their comparison across runs. For comparison.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/stats/change.h"
#include "core/stats/metric.h"
#include "core/stats/syscall_stats.h"

namespace latimer {

struct CompareOptions;

struct RunInfo {
  std::optional<std::uint64_t> observed_ns;
  std::uint64_t cost_ns = 0;  // taken off every duration
  std::uint64_t step_ns = 1;  // of durations
};

struct RunFigures {
  RunInfo run;
  const SyscallStats* stats = nullptr;  // null: the run made no such call
  std::vector<Histogram> slices;        // of stats->latency, in order of time
};

// nullopt: not known, or a latency of a call that was not made.
[[nodiscard]] std::optional<double> figure(Metric metric, const RunFigures& call);

// The change with its margin and verdict. One run on each side: by calls.
[[nodiscard]] Change compare_metric(Metric metric, const std::vector<RunFigures>& a,
                                    const std::vector<RunFigures>& b, const CompareOptions& options);

}  // namespace latimer
