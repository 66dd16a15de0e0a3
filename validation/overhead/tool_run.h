// One run of a workload, alone or under a tool: latimer-stopwatch within, us without, and two FIFOs between.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "core/model/result.h"
#include "validation/overhead/competitor.h"

namespace latimer::overhead {

struct ToolRunRequest {
  const Competitor* competitor = nullptr;
  const std::vector<std::string>* command = nullptr;  // the workload's argv
  std::string calls = "all";                          // what "{calls}" becomes
  std::string stopwatch;                              // path of latimer-stopwatch
  std::string folder;                                 // exists, empty, of this run alone
  std::chrono::milliseconds limit{60'000};            // for each of: attaching, the workload, leaving
  int interrupt_fd = -1;                              // readable: end at once
};

// All times in ns. Of the tool: nullopt where there is none, or where it cannot be told.
struct ToolRunResult {
  std::uint64_t wall_ns = 0;  // the workload's own
  std::uint64_t workload_cpu_ns = 0;
  std::optional<std::uint64_t> start_ns;        // from the tool's start until the workload could begin
  std::optional<std::uint64_t> leave_ns;        // from the workload's end to the tool's
  std::optional<std::uint64_t> tool_cpu_ns;     // of it and its children, the workload's taken off
  std::optional<std::uint64_t> tool_rss_bytes;  // peaks of its processes at the workload's end, added up
  std::uint64_t tree_cpu_ns = 0;                // of all that ran
  std::string workload_out;                     // its standard output
  std::string tool_out;                         // both outputs of the tool
};

enum class Failed { tool, workload, interrupted, host };

struct ToolRunFailure {
  Failed who = Failed::tool;
  Error error;
};

// Blocks. Nothing that it started is left behind: what does not end by itself within the limit is killed.
struct ToolRunOutcome {
  std::optional<ToolRunResult> result;
  std::optional<ToolRunFailure> failure;  // when there is no result
};
[[nodiscard]] ToolRunOutcome run_tool(const ToolRunRequest& request);

}  // namespace latimer::overhead
