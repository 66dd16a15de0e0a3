// What Latimer's programs cost, measured on a marked slice of the run.
//
// The kernel counts runs and run time of BPF programs while somebody holds a BPF_ENABLE_STATS descriptor
// (kernel commit d46edd671a14, 5.8). That itself adds some 50 ns to every run of every program on the host,
// so it is on for a short slice only.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "backends/ebpf/programs.h"
#include "core/engine/event_source.h"
#include "core/sys/unique_fd.h"

namespace latimer::ebpf {

class CostSlice {
 public:
  using Clock = std::chrono::steady_clock;

  void begin_run() { start_ = Clock::now(); }
  // Call it now and then: opens and closes the slice when its time has come.
  void tick(const Programs& programs);
  // Before detaching: closes an open slice.
  void end_run(const Programs& programs);
  // Fills ns_per_call and measured_calls, or says why they are not known.
  void report(SourceCost& cost) const;

 private:
  void close(const Programs& programs);

  enum class Phase { waiting, open, done } phase_ = Phase::waiting;
  Clock::time_point start_;
  Clock::time_point opened_;
  UniqueFd stats_;
  ProgramRuns before_;
  std::optional<ProgramRuns> runs_;  // within the slice
  std::string unknown_reason_;
};

}  // namespace latimer::ebpf
