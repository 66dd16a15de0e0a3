// --command "CMD ARGS...": a command in one word.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/model/result.h"

namespace latimer {

// Words as a POSIX shell splits them; a text in which anything else means something to a shell is given to
// one.
[[nodiscard]] Result<std::vector<std::string>> split_command(std::string_view text);

}  // namespace latimer
