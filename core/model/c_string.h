// C string literals, as strace, perf and Latimer's own trace files print them.
#pragma once

#include <string>
#include <string_view>

namespace latimer {

// Undoes the escapes of what stands between the quotes: \\ \" \a \b \f \n \r \t \v, \ooo (one to three octal
// digits), \xN and \xNN. A backslash before anything else, or at the end, stands for itself.
[[nodiscard]] std::string unescape_c(std::string_view text);

// As a C string, quotes included: printable ASCII as it is, \" \\ \n \r \t, other bytes as three octal
// digits.
void append_c_string(std::string& to, std::string_view bytes);

}  // namespace latimer
