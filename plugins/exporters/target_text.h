// What was watched, in words: "find / -name '*.h'", "process 1234 and later children", "cgroup a/b".
#pragma once

#include <string>

#include "core/model/report.h"

namespace latimer {

// Escaped with escape_bytes().
[[nodiscard]] std::string target_text(const Report& report);
// The same of what the recorder of a trace watched; empty: it is no trace.
[[nodiscard]] std::string recorded_text(const Report& report);

}  // namespace latimer
