// Who is there before perf is.
#pragma once

#include <cstdint>
#include <vector>

#include "core/engine/pairing.h"
#include "core/engine/syscall_filter.h"

namespace latimer::perftrace {

// Makes all threads of these processes targets, with what they are asleep in: of a call that never returns
// nothing else is heard. The threads.
std::vector<std::int32_t> note_presence(Pairing& pairing, const std::vector<std::int32_t>& pids,
                                        const SyscallFilter& filter);

}  // namespace latimer::perftrace
