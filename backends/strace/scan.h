// Pieces of strace's grammar that the line parser is made of. A Cursor walks over one line and never past its
// end.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace latimer::strace {

struct Cursor {
  std::string_view text;
  std::size_t at = 0;

  [[nodiscard]] std::string_view rest() const { return text.substr(at); }
  [[nodiscard]] bool done() const { return at >= text.size(); }
  [[nodiscard]] char peek() const { return at < text.size() ? text[at] : '\0'; }
  [[nodiscard]] char before() const { return at > 0 ? text[at - 1] : '\0'; }
  bool skip(std::string_view token) {
    if (!rest().starts_with(token)) return false;
    at += token.size();
    return true;
  }
  void skip_blanks() {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
  }
};

inline constexpr std::uint64_t kMaxTid = std::numeric_limits<std::int32_t>::max();

[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Unsigned decimal digits; nullopt when there are none or they exceed `limit`. Stops behind the last digit.
[[nodiscard]] std::optional<std::uint64_t> scan_unsigned(Cursor& cursor, std::uint64_t limit);

// "1795227296.730639738" -> ns. At most 9 decimals; fewer are filled up. nullopt: not such a number, or
// beyond int64.
[[nodiscard]] std::optional<std::int64_t> scan_seconds(Cursor& cursor);

// Moves from inside the parentheses of a call to its closing one, over strings, comments, nested parentheses
// and annotations of descriptors (3</tmp/a)b>). False: the line ends before.
[[nodiscard]] bool scan_to_close(Cursor& cursor);

// An annotation behind a descriptor or a pid: cursor on its '<'. Moves behind it, "(deleted)" included.
[[nodiscard]] bool scan_annotation(Cursor& cursor);

// A return value as strace prints it: decimal, 0x hex, octal with a leading 0. Values above INT64_MAX wrap as
// the kernel's register would. Outer nullopt: no number here. Inner nullopt: a number beyond 64 bits.
[[nodiscard]] std::optional<std::optional<std::int64_t>> scan_value(Cursor& cursor);

}  // namespace latimer::strace
