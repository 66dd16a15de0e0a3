// Pieces of strace's grammar that the line parser is made of. A Cursor walks over one line and never past its
// end.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
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

struct Digits {
  std::uint64_t value = 0;
  unsigned count = 0;  // of digits, 8 at most
};

// Of eight digits, 0 to 9 in each byte, the first of them lowest: pairs, fours and eights (Lemire, "Quickly
// parsing eight digits").
[[nodiscard, gnu::always_inline]] inline std::uint64_t value_of_digits(std::uint64_t digits) {
  const std::uint64_t pairs = (digits * 10) + (digits >> 8);
  return (((pairs & 0x000000FF000000FF) * 0x000F424000000064) +
          (((pairs >> 16) & 0x000000FF000000FF) * 0x0000271000000001)) >>
         32;
}

// The digits that 8 bytes begin with, the first of them lowest, all at once: a loop over them costs a wrong
// guess of the CPU for nearly every number, because their lengths differ.
[[nodiscard, gnu::always_inline]] inline Digits digits_of(std::uint64_t bytes) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  const std::uint64_t digits = bytes ^ (kOnes * '0');  // each byte 0 to 9 where there is a digit
  // The top bits of bytes that are no digits; the first of them, at the least, is right.
  const std::uint64_t others = ((digits + kOnes * 0x76) | digits) & (kOnes * 0x80);
  const unsigned count = others == 0 ? 8 : static_cast<unsigned>(__builtin_ctzll(others)) / 8;
  if (count == 0) return {};
  return {value_of_digits(digits << (64 - 8 * count)), count};  // leading zeros instead of what follows
}

[[nodiscard, gnu::always_inline]] inline std::uint64_t eight_bytes(const char* text) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, text, sizeof bytes);
  if constexpr (std::endian::native == std::endian::big) bytes = __builtin_bswap64(bytes);
  return bytes;
}

[[nodiscard, gnu::always_inline]] inline Digits eight_digits(const char* text) {
  return digits_of(eight_bytes(text));
}

// Unsigned decimal digits; nullopt when there are none or they exceed `limit`. Stops behind the last digit.
[[nodiscard]] inline std::optional<std::uint64_t> scan_unsigned(Cursor& cursor, std::uint64_t limit) {
  constexpr std::uint64_t kRoomForADigit = (std::numeric_limits<std::uint64_t>::max() - 9) / 10;
  const std::string_view text = cursor.text;
  std::uint64_t value = 0;
  std::size_t at = cursor.at;
  if (text.size() - at >= 8 && at < text.size()) {
    const Digits first = eight_digits(text.data() + at);
    value = first.value;
    at += first.count;
    if (first.count < 8) {
      if (first.count == 0 || value > limit) return std::nullopt;
      cursor.at = at;
      return value;
    }
  }
  for (; at < text.size() && is_digit(text[at]); ++at) {
    if (value > kRoomForADigit) return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(text[at] - '0');
  }
  if (at == cursor.at || value > limit) return std::nullopt;
  cursor.at = at;
  return value;
}

// "1795227296.730639738" -> ns. At most 9 decimals; fewer are filled up. nullopt: not such a number, or
// beyond int64.
[[nodiscard]] inline std::optional<std::int64_t> scan_seconds(Cursor& cursor) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max() / kSecond - 1;
  const std::optional<std::uint64_t> seconds = scan_unsigned(cursor, kMost);
  if (!seconds) return std::nullopt;
  if (cursor.peek() != '.') return static_cast<std::int64_t>(*seconds) * kSecond;
  constexpr std::int64_t kUnits[] = {kSecond, 100'000'000, 10'000'000, 1'000'000, 100'000,
                                     10'000,  1'000,       100,        10,        1};
  const std::string_view text = cursor.text;
  const std::size_t start = ++cursor.at;
  std::int64_t fraction = 0;
  std::size_t at = start;
  if (at < text.size() && text.size() - at >= 8) {
    const Digits first = eight_digits(text.data() + at);
    fraction = static_cast<std::int64_t>(first.value);
    at += first.count;
  }
  for (; at < text.size() && is_digit(text[at]); ++at) {
    if (at - start == 9) return std::nullopt;
    fraction = fraction * 10 + (text[at] - '0');
  }
  if (at == start) return std::nullopt;
  cursor.at = at;
  return static_cast<std::int64_t>(*seconds) * kSecond + fraction * kUnits[at - start];
}

// Whether text from `begin` to `end` can be the arguments of one call: as many parentheses open as close,
// every quote has a partner, and nothing looks like the end of another call (") = "). Says nothing of their
// order, and may say no where it is yes: what a string holds counts, too.
[[nodiscard]] bool seems_whole(std::string_view text, std::size_t begin, std::size_t end);

// Where a call's name, which begins at `at`, ends: behind the last of [a-z0-9_].
[[nodiscard]] std::size_t end_of_name(std::string_view text, std::size_t at);

// Where the blanks begin that end before `end`, at `begin` at the earliest.
[[nodiscard]] std::size_t begin_of_blanks(std::string_view text, std::size_t begin, std::size_t end);

// Moves from inside the parentheses of a call to its closing one, over strings, comments, nested parentheses
// and annotations of descriptors (3</tmp/a)b>). False: the line ends before.
[[nodiscard]] bool scan_to_close(Cursor& cursor);

// An annotation behind a descriptor or a pid: cursor on its '<'. Moves behind it, "(deleted)" included.
[[nodiscard]] bool scan_annotation(Cursor& cursor);

// A return value as strace prints it: decimal, 0x hex, octal with a leading 0. Values above INT64_MAX wrap as
// the kernel's register would. Outer nullopt: no number here. Inner nullopt: a number beyond 64 bits.
[[nodiscard]] std::optional<std::optional<std::int64_t>> scan_value(Cursor& cursor);

}  // namespace latimer::strace
