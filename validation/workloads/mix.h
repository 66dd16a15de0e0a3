// Forty different cheap system calls, one of each a round: what a tracer costs where no call stays in its
// cache lines.
#pragma once

#include <cstdint>

#include "validation/workloads/truth.h"

namespace latimer::workload {

inline constexpr unsigned kMixCalls = 40;

/// Opens what the calls need. Once, before the first round; the mix may then run in several threads.
void prepare_mix();
void mix_rounds(std::uint64_t rounds);
void record_mix(std::uint64_t rounds, Truth& truth);

}  // namespace latimer::workload
