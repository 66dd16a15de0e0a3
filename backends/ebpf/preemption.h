// Whether this kernel can take the CPU away from a task in the middle of a tracepoint's programs.
#pragma once

namespace latimer::ebpf {

// True on kernels that run tracepoints with preemption on (7.x): bpf/steady.h says what that does to tp_btf
// programs, and what is used instead. Asks the kernel once, by attaching a program to one call of our own;
// takes about 10 ms there, and nothing on kernels older than that.
[[nodiscard]] bool tracepoints_are_preemptible();

// What comes of it where the other way is closed, for whoever reads the report.
inline constexpr const char* kSkippedUnderLoad =
    "this kernel skips Latimer's programs when threads take turns on a CPU; what is skipped is counted as "
    "lost. Root "
    "with tracefs mounted loses nothing";

// Whether classic tracepoint programs can be attached: they need the events' numbers from tracefs.
[[nodiscard]] bool classic_tracepoints_usable();

}  // namespace latimer::ebpf
