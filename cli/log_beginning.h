// The beginning of a file that is to be read later: whose log it is decides who reads it.
#pragma once

#include <string>

namespace latimer {

// Some KiB, unpacked. Empty for whatever is no regular file (looking at a pipe would take it away), or cannot
// be read: whoever reads it will say so.
[[nodiscard]] std::string beginning_of(const std::string& path);

}  // namespace latimer
