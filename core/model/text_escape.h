// Bytes as text, reversibly: how arbitrary bytes (comm, paths, cgroup names, a tool's argument text) appear
// in every output. Two different byte strings never become one, the result is always valid UTF-8, and nothing
// in it can steer a terminal or reorder a line. All exporters use this and nothing else; JSON quoting comes
// on top.
//
//   backslash                                                         \\   (two characters)
//   bytes that are not UTF-8 (strict: no overlongs, no surrogates)    \xNN each, lower case
//   C0 controls, DEL, C1 controls (U+0080-U+009F)                     \xNN for each of their bytes
//   line separators U+2028, U+2029                                    \xNN for each of their bytes
//   bidi controls U+061C, U+200E, U+200F, U+202A-202E, U+2066-2069    \xNN for each of their bytes
//   everything else                                                   itself
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/model/result.h"

namespace latimer {

// One character of a string that may hold anything.
struct Utf8Char {
  char32_t code = 0;       // the code point; of an invalid byte, the byte's value
  std::size_t length = 0;  // bytes taken, 1..4
  bool valid = false;      // false: one byte that is no part of valid UTF-8
};

// The character at `offset`; offset < text.size().
[[nodiscard]] Utf8Char utf8_at(std::string_view text, std::size_t offset);

[[nodiscard]] bool is_valid_utf8(std::string_view text);

// unescape_bytes(escape_bytes(x)) == x for every x. Not idempotent: escaping twice doubles the backslashes.
[[nodiscard]] std::string escape_bytes(std::string_view bytes);

// Errc::usage when a backslash is followed by anything but a backslash or x and two hexadecimal digits.
[[nodiscard]] Result<std::string> unescape_bytes(std::string_view text);

}  // namespace latimer
