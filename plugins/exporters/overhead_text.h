// What watching cost, in words.
#pragma once

#include <string>

#include "core/model/report.h"

namespace latimer {

// Escaped with escape_bytes(); empty when nothing is known.
[[nodiscard]] std::string overhead_text(const Report& report);

}  // namespace latimer
