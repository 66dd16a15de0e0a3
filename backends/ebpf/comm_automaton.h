// --comm in the kernel: a name pattern as a table that a BPF program walks, one step per byte.
//
// Exact for names in ASCII; a character beyond ASCII may also be taken byte by byte, so `??` accepts "é"
// here.
//
// A name must be judged the moment it is taken (fork, exec, rename), before the task makes its next call, so
// user space cannot be asked. The table is a deterministic automaton made from the pattern by subset
// construction (Rabin and Scott, 1959).
#pragma once

#include <string_view>
#include <vector>

#include "backends/ebpf/bpf/shared.h"
#include "core/engine/name_pattern.h"
#include "core/model/result.h"

namespace latimer::ebpf {

inline constexpr std::size_t kMaxCommStates = 255;
inline constexpr lat_u8 kCommReject = 0;
inline constexpr lat_u8 kCommStart = 1;

struct CommAutomaton {
  std::vector<lat_dfa_state> states;  // [0] rejects for good, [1] is the start; at most kMaxCommStates

  // What the BPF side computes, for tests: the name ends at its end or at a NUL.
  [[nodiscard]] bool matches(std::string_view name) const;
};

// Errc::unsupported, with the reason, for patterns that need more states or more than an automaton can do.
Result<CommAutomaton> build_comm_automaton(const NamePattern& pattern);

}  // namespace latimer::ebpf
