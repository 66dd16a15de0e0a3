// Which processes have BPF programs on a tracepoint by way of perf events, as libbpf's and bpftrace's tp/
// programs are. Such a program that returns 0 takes the samples of that tracepoint away from everybody's perf
// (perf_trace_run_bpf_submit, kernel/events/core.c).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace latimer {

struct TracepointProgram {
  std::int32_t pid = 0;    // of the process that holds it
  std::string process;     // its name, raw bytes
  std::string tracepoint;  // "sys_enter"
  std::string program;     // the program's own name; empty: unknown
};

struct TracepointPrograms {
  std::vector<TracepointProgram> found;
  bool all = true;  // false: Latimer may not look into every process (CAP_SYS_ADMIN), so there may be more
};

// Of the tracepoints sys_enter and sys_exit of raw_syscalls. Looks through all processes' descriptors: some
// milliseconds.
[[nodiscard]] TracepointPrograms programs_on_raw_syscalls();

}  // namespace latimer
