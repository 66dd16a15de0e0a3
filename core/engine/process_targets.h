// ProcessTargets: whom a tracer that is a program of its own watches: a command, held until the tracer stands
// by, or processes that run.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/engine/capture_request.h"
#include "core/engine/event_source.h"
#include "core/model/result.h"
#include "core/sys/child_process.h"
#include "core/sys/unique_fd.h"

namespace latimer {

class ProcessTargets {
 public:
  ProcessTargets() = default;  // nobody in particular

  // Launches and holds a command; checks that processes are there. `traced`: the tracer uses ptrace.
  static Result<ProcessTargets> open(const Target& target, bool traced);

  // The command's, or those of the processes. Empty: nobody in particular.
  [[nodiscard]] const std::vector<std::int32_t>& pids() const { return pids_; }
  [[nodiscard]] bool launched() const { return command_.valid(); }
  // Children that the targets make are targets as well.
  [[nodiscard]] bool follow() const { return follow_; }
  [[nodiscard]] ChildProcess& command() { return command_; }

  // Nothing more can come of them, whatever their children do.
  [[nodiscard]] bool over();

  // nullopt: there is no command.
  [[nodiscard]] std::optional<std::int32_t> command_pid() const;
  // What an ended command used, as the kernel's own account has it, which is finer than /proc's; nullopt: it
  // runs, or there is none.
  [[nodiscard]] std::optional<TargetCpu> command_cpu();

 private:
  Status launch(const CommandTarget& target, bool traced);
  Status find(const PidTarget& target);

  bool follow_ = true;
  bool until_exit_ = false;
  std::vector<std::int32_t> pids_;
  std::vector<UniqueFd> pidfds_;  // of processes that run
  ChildProcess command_;
};

}  // namespace latimer
