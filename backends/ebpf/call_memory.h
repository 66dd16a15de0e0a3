// Which calls point to what is worth reading: paths, addresses of sockets, pairs of descriptors.
#pragma once

#include <array>

#include "backends/ebpf/bpf/shared.h"

namespace latimer::ebpf {

using CallMemory = std::array<unsigned short, LAT_ABIS * LAT_DIRECT_NUMBERS>;

// By ABI and number: LAT_MEMORY of the first piece, and above it of the second; 0: none.
[[nodiscard]] CallMemory choose_call_memory();

}  // namespace latimer::ebpf
