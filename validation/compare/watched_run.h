// One run of one workload under one way, and what is to be said of it.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "validation/compare/judgement.h"
#include "validation/compare/scenarios.h"
#include "validation/measure/way.h"

namespace latimer::compare {

struct WatchRequest {
  const Scenario& scenario;
  const Way& way;
  const CallTable& library;  // see expect()
  std::string ring_size;     // as --ring-size takes it; for ways with a ring
  std::chrono::milliseconds limit;
  int interrupt_fd = -1;
};

struct WatchedRun {
  Judgement judgement;
  std::string skipped_because;
  Truth truth;                      // empty without one
  std::optional<Observation> seen;  // nullopt: there is no report, and the judgement says why
  bool interrupted = false;
};

// Never fails: what goes wrong is in the judgement. Without a truth what must hold of every report is judged,
// and what must show.
[[nodiscard]] WatchedRun watch(const WatchRequest& request);

}  // namespace latimer::compare
