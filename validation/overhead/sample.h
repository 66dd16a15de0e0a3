// What one run came to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "validation/real/real_workload.h"

namespace latimer::overhead {

// One run of the plan.
struct Step {
  unsigned round = 0;
  unsigned beat = 0;           // within the round: runs of one beat are compared with each other
  std::size_t task = 0;        // index
  std::size_t competitor = 0;  // index
  Size size = Size::full;      // an effective one (Task::effective)
};

// Times in ns. nullopt: there is no tool, or it does not tell.
struct Sample {
  Step step;
  double figure = 0;    // in the unit of the task's Figure
  double cycle_ns = 0;  // of cycles_per_call: the least that a cycle lasted
  std::uint64_t wall_ns = 0;
  std::optional<std::uint64_t> start_ns, leave_ns, tool_cpu_ns, tool_rss_bytes;
  std::optional<std::uint64_t> calls;  // completions that the tool counted
  std::optional<std::uint64_t> lost;   // events, as the tool tells
  bool disturbed = false;              // others computed on this host meanwhile
};

struct Failure {
  std::size_t task = 0, competitor = 0;  // indices
  std::string message;
};

}  // namespace latimer::overhead
