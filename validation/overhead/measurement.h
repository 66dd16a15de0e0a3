// The measurement itself: every run of the plan, one after the other, never two tracers at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/model/result.h"
#include "validation/overhead/competitor.h"
#include "validation/overhead/overhead_report.h"
#include "validation/overhead/task.h"

namespace latimer::overhead {

struct MeasurementRequest {
  unsigned rounds = 1;
  std::uint64_t seed = 1;
  std::chrono::milliseconds limit{60'000};  // for each part of a run
  std::string folder;                       // exists; runs make folders of their own in it
  int interrupt_fd = -1;                    // readable: end, and report what is there
  // Before each run; may be empty. Of the calling thread.
  std::function<void(std::size_t done, std::size_t all, const std::string& what)> progress;
};

// A run that fails is noted and its pair of task and competitor left out from then on; a task that fails
// alone is left out as a whole. A run during which others computed on this host is repeated, twice at most
// and while no more than a fifth of all were; with fewer than 5 rounds never.
// unavailable: another tracer is on this host, which would be measured, too; not_found: latimer-stopwatch is
// not there.
[[nodiscard]] Result<OverheadReport> measure(Field field, std::vector<Task> tasks,
                                             const MeasurementRequest& request);

}  // namespace latimer::overhead
