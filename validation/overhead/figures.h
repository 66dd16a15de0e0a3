// From samples to figures: what each competitor costs each task, with the interval in which the truth lies 95
// times of 100 (core/stats/bootstrap.h). What is compared was run in the same round, at the same size.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "core/stats/bootstrap.h"
#include "validation/overhead/competitor.h"
#include "validation/overhead/sample.h"
#include "validation/overhead/task.h"

namespace latimer::overhead {

// What one competitor did to one task. Times in ns.
struct Row {
  std::size_t task = 0, competitor = 0;  // indices
  Size size = Size::full;
  unsigned runs = 0;
  Interval figure;                      // median of the task's own figure; low and high the extremes
  std::optional<Interval> slowdown;     // times as long as nothing; of a throughput: base / with
  std::optional<Interval> ns_per_call;  // added to each; nullopt: calls not known, or in parallel
  // Of each beat, in its order: the slowdown, what a call got longer (ns), what part of the throughput was
  // lost.
  std::vector<double> slowdowns, added_ns, lost_share;
  std::vector<double> added_wall_ns;  // as added_ns, by the wall time of the whole run
  std::optional<double> start_ns, leave_ns, tool_cpu_ns, tool_rss_bytes;  // medians
  std::optional<std::uint64_t> lost;                                      // events, all runs together
};

// Calls of a task at a size: known beforehand, else the median of what tools counted that lost nothing.
[[nodiscard]] std::optional<double> calls_of(const std::vector<Sample>& samples, const Task& task,
                                             std::size_t index, Size size);

// A row for each pair that ran at least once, in the order of tasks and then of competitors; the first
// competitor's at the size of each other row is found in `figure` of its row at the task's largest size.
[[nodiscard]] std::vector<Row> make_rows(const std::vector<Task>& tasks,
                                         const std::vector<Competitor>& competitors,
                                         const std::vector<Sample>& samples);

}  // namespace latimer::overhead
