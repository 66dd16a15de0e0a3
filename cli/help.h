// Help texts and the manual page, from the table of options.
#pragma once

#include <string>

#include "cli/option_table.h"

namespace latimer {

[[nodiscard]] std::string general_help();
[[nodiscard]] std::string command_help(const CommandSpec& command);  // examples first
[[nodiscard]] std::string manual_page();                             // troff, man(7) macros

}  // namespace latimer
