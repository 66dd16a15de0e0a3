// Where the project's other programs are: latimer-workload, latimer-floor ...
#pragma once

#include <string>
#include <string_view>

#include "core/model/result.h"

namespace latimer {

// An executable file's path: beside the running program; else in the build tree that it was built in
// (../validation/PART/NAME); else where installation puts it (../libexec/latimer/NAME). Not in PATH, where
// it may be of another version. not_found: none is there; the message says where it was looked for.
[[nodiscard]] Result<std::string> find_program_of_ours(std::string_view name);

}  // namespace latimer
