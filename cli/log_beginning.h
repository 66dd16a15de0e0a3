// The beginning of a log that is to be read later: whose log it is decides who reads it.
#pragma once

#include <optional>
#include <string>

namespace latimer {

// Up to 64 KiB, unpacked. Of a pipe on standard input (or /dev/fd/N, as a shell's <( ) gives it) what is in
// it is copied and stays there for the reader: waits until there are 4 KiB, its writer has ended, or no more
// has come for 200 ms. `interrupted`: a descriptor that ends the waiting by being readable. nullopt: it
// cannot be looked at (terminals, sockets, folders, FIFOs of the file system) or read at all: whoever reads
// it will say so.
[[nodiscard]] std::optional<std::string> beginning_of(const std::string& input, int interrupted);

}  // namespace latimer
