// How perf record is called. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/engine/syscall_filter.h"

namespace latimer::perftrace {

struct RecordCall {
  std::vector<std::int32_t> pids;  // empty: every task
  SyscallFilter filter;
  std::uint64_t buffer_bytes = 0;  // between kernel and perf, for each CPU; 0: perf's default
  int output_fd = -1;              // perf's own number of it, as are the others
  int control_fd = -1, answer_fd = -1;
};

// Recording begins with "enable" on the control descriptor (perf-record(1), --control).
[[nodiscard]] std::vector<std::string> record_arguments(const RecordCall& call);

// What the tracepoints' own filter (Documentation/trace/events.rst) is to let through: the calls that were
// asked for and those that say what becomes of tasks. Empty: everything, because the filter selects more than
// the kernel takes in one expression, or numbers that have no name.
[[nodiscard]] std::string tracepoint_filter(const SyscallFilter& filter);

}  // namespace latimer::perftrace
