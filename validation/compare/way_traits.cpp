#include "validation/compare/way_traits.h"

#include <algorithm>
#include <vector>

#include "core/stats/bootstrap.h"
#include "validation/compare/observation.h"
#include "validation/compare/truth.h"

namespace latimer::compare {
namespace {

constexpr int kRuns = 3;
constexpr std::string_view kCall = "x86_64:getppid";

std::optional<double> untraced_ns(const std::string& workload, int interrupt_fd) {
  BoundedRun run;
  run.path = workload;
  run.argv = {"latimer-workload", "--time", "loop", "100000"};
  const Result<RunOutcome> outcome = run_bounded(run, interrupt_fd);
  if (!outcome) return std::nullopt;
  const Result<Truth> truth = read_truth(outcome->out);
  if (!truth) return std::nullopt;
  const auto millicycles = truth->measured.find("millicycles_per_call");
  const auto cycle_fs = truth->measured.find("cycle_fs");
  if (millicycles == truth->measured.end() || cycle_fs == truth->measured.end()) return std::nullopt;
  return static_cast<double>(millicycles->second) / 1e3 * static_cast<double>(cycle_fs->second) / 1e6;
}

std::optional<double> told_ns(const Way& way, const std::string& workload, int interrupt_fd) {
  WayRun run;
  run.command = {workload, "loop", "2000"};
  const Result<WayOutcome> outcome = run_way(way, run, interrupt_fd);
  if (!outcome) return std::nullopt;
  const Result<Observation> seen = read_observation(outcome->report);
  if (!seen) return std::nullopt;
  const auto row = seen->calls.find(kCall);
  if (row == seen->calls.end() || !row->second.p50_ns) return std::nullopt;
  return static_cast<double>(*row->second.p50_ns);
}

}  // namespace

std::optional<double> own_cost_of(const Way& way, const std::string& workload, int interrupt_fd) {
  std::vector<double> added;
  for (int run = 0; run < kRuns; ++run) {
    const auto bare = untraced_ns(workload, interrupt_fd);
    const auto told = told_ns(way, workload, interrupt_fd);
    if (bare && told) added.push_back(std::max(0.0, *told - *bare));
  }
  return added.empty() ? std::nullopt : std::optional(median(added));
}

CallTable library_calls(const Way& way, const std::string& workload, int interrupt_fd) {
  WayRun run;
  run.command = {workload, "cpu", "1"};  // arithmetic and no call
  CallTable calls;
  const Result<WayOutcome> outcome = run_way(way, run, interrupt_fd);
  if (!outcome) return calls;
  const Result<Observation> seen = read_observation(outcome->report);
  if (!seen) return calls;
  for (const auto& [call, row] : seen->calls) calls[call] = row.counts;
  return calls;
}

}  // namespace latimer::compare
