// Ending as the command ended.
#pragma once

#include "core/sys/exit_status.h"

namespace latimer {

// Exits with the command's status, or ends by the same signal, without leaving a core of Latimer's own.
[[noreturn]] void end_like(const ExitStatus& status);

}  // namespace latimer
