// Files without a name, made by calls that no scenario counts.
#pragma once

#include <cstdint>

namespace latimer::workload {

/// A new file of `size` bytes in $TMPDIR or /tmp, open for reading and writing at its beginning, and already
/// unlinked. The first eight bytes of each kBlock are the block's number.
int temporary_file(std::uint64_t size);

inline constexpr std::uint64_t kBlock = 4096;

}  // namespace latimer::workload
