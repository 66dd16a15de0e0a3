// The verdict on a run: what it spent its time on, in one word with the figures.
//
// Thread time is split into user CPU (U), time inside calls that work (W), and time inside calls that wait by
// nature. Rules, in order:
//   waiting        U + W < half of the wall time, and waiting calls fill at least half of it: nobody had
//   anything to do cpu-bound      U >= W syscall-bound  W > U, and at least half of W was system CPU time:
//   the kernel computed io-bound       W > U, less than half of W was system CPU time, and most of W was in
//   data, sync, metadata or network calls: it slept for
//                  devices or peers
//   unclear        none of these, or the CPU times are unknown (whole host), or all of the above together
//   fill less
//                  than half of the wall time (a tenth where the tracer stops the target): it was stopped, or
//                  waited for a CPU or for memory
// System CPU time comes from the kernel's accounting of the target (it includes page faults), so W's CPU part
// is at most an upper bound. Where the tracer stops the target (strace), its stops are inside W and W cannot
// be compared with CPU time: then W > U is io-bound or syscall-bound by what kind of calls fill W, and the
// claim says so.
#pragma once

#include <optional>
#include <vector>

#include "core/engine/event_source.h"
#include "core/model/report.h"

namespace latimer {

// `in_flight`: what had not returned at the end counts with its age.
[[nodiscard]] Verdict judge(const std::vector<SyscallRow>& rows, const std::vector<InFlightCall>& in_flight,
                            const std::optional<TargetCpu>& cpu, std::uint64_t wall_ns,
                            bool tracer_stops_target);

}  // namespace latimer
