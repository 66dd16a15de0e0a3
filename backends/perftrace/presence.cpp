#include "backends/perftrace/presence.h"

#include "core/sys/clock_anchor.h"
#include "core/sys/proc.h"

namespace latimer::perftrace {

std::vector<std::int32_t> note_presence(Pairing& pairing, const std::vector<std::int32_t>& pids,
                                        const SyscallFilter& filter) {
  std::vector<std::int32_t> tids;
  for (const std::int32_t pid : pids) {
    for (const std::int32_t tid : threads_of(pid)) {
      tids.push_back(tid);
      Task& task = pairing.tasks().add_target(tid, pid);
      if (const auto comm = comm_of(tid)) task.set_comm(*comm);
      if (const auto number = syscall_of(tid))
        pairing.found_inside(task, *number, filter.selects(kNativeAbi, *number), monotonic_ns());
    }
  }
  return tids;
}

}  // namespace latimer::perftrace
