// How calls and callers are named where people read them. Escaped with escape_bytes().
#pragma once

#include <string>

#include "core/model/report.h"

namespace latimer {

// The name, with its ABI where that is not the machine's own: "chdir (i386)".
[[nodiscard]] std::string call_label(const Report& report, Abi abi, const std::string& name);
// "1234 nginx", "1234/1240 nginx", "(exited)"; empty without --by.
[[nodiscard]] std::string subject_label(const Subject& subject);
[[nodiscard]] std::string row_label(const Report& report, const SyscallRow& row);

}  // namespace latimer
