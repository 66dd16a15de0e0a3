// How perf trace is called. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/engine/syscall_filter.h"

namespace latimer::perftrace {

struct TraceCall {
  // One of: threads to attach to; a command to launch; neither: every task.
  std::vector<std::int32_t> tids;
  std::vector<std::string> command;
  std::vector<std::int32_t> without;  // every task but these threads
  bool marked = false;                // a marker's calls are to be seen, whatever the filter says (marker.h)
  SyscallFilter filter;
  std::uint64_t buffer_bytes = 0;  // between kernel and perf, for each CPU; 0: perf's default
};

// The trace goes to perf's standard output, with times of the perf clock.
[[nodiscard]] std::vector<std::string> trace_arguments(const TraceCall& call);

// perf refuses names that it does not know; those up to here are known to 5.10 (process_madvise).
inline constexpr std::int32_t kKnownToAll = 440;

// What the kernel can count beside perf trace (see EntryCounter): rt_sigreturn, and all calls that any perf
// knows. Empty: some calls only are asked for.
[[nodiscard]] std::vector<std::string> counted_beside(const SyscallFilter& filter);

// Names of the calls that perf is to look at, all that the filter selects; empty: every call, because the
// filter selects numbers without a name, or most of them.
[[nodiscard]] std::vector<std::string> names_for_perf(const SyscallFilter& filter);

}  // namespace latimer::perftrace
