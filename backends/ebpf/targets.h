// Whom to observe, told to the kernel side: marks for processes, the automaton for names, the cgroup.
#pragma once

#include <vector>

#include "backends/ebpf/programs.h"
#include "core/engine/capture_request.h"
#include "core/model/result.h"
#include "core/sys/unique_fd.h"

namespace latimer::ebpf {

// pidfds of the processes of a PidTarget. Clear errors for what does not exist, is a thread, or is a kernel
// thread.
Result<std::vector<UniqueFd>> open_processes(const PidTarget& target);

// Everything that must be known before the walk marks targets. `processes` are of a PidTarget.
Status announce_targets(Programs& programs, const Target& target, const std::vector<UniqueFd>& processes);

// Marks a launched command that stands before its gate; it becomes a target when it enters execve.
Status hold_command(Programs& programs, int pidfd);

}  // namespace latimer::ebpf
