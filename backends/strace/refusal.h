// Why ptrace was refused, and what mends it.
#pragma once

#include <cstdint>
#include <string>

#include "core/model/result.h"

namespace latimer::strace {

// `text`: the system's reason as strace told it.
[[nodiscard]] Error explain_refusal(std::int32_t pid, const std::string& text);

// What stands in the way of tracing a child of Latimer's own; empty message: nothing that can be seen from
// outside.
[[nodiscard]] Error obstacles_for_children();

}  // namespace latimer::strace
