// Refusing calls, with the help of a seccomp filter.
#pragma once

#include <span>

namespace latimer::workload {

/// From now on these calls of the 64-bit ABI are refused with EPERM before they are entered; everything else
/// is allowed. Ends the program as skipped where there are no such filters.
void refuse(std::span<const unsigned> numbers);

}  // namespace latimer::workload
