// The pieces of a usual line, in the order in which a Skimmer goes over them. All of them may read
// Skimmer::kPadding bytes behind the line; `Bytes`: see wide_bytes.h.
#pragma once

#include <cstring>
#include <string_view>

#include "backends/strace/leader.h"
#include "backends/strace/scan.h"
#include "backends/strace/word_table.h"
#include "core/record/wide_bytes.h"

namespace latimer::strace {

inline constexpr std::string_view kUnfinished = " <unfinished ...>";
inline constexpr std::int64_t kSecond = 1'000'000'000;
inline constexpr std::size_t kDurationSize = 11;  // " <0.000012>"
inline constexpr std::size_t kWindow = 32;        // bytes that are looked at in one go

// Where the last '=' stands before `end`; 0: there is none, or it is far away.
template <typename Bytes>
[[gnu::always_inline]] inline std::size_t last_equals(const char* text, std::size_t end) {
  for (int windows = 0; windows < 4 && end >= kWindow; ++windows) {
    const std::uint32_t bits = Bytes::equal(text + end - kWindow, '=');
    if (bits != 0) return end - 1 - static_cast<unsigned>(__builtin_clz(bits));
    end -= kWindow;
  }
  if (end >= kWindow) return 0;
  const std::size_t found = std::string_view(text, end).rfind('=');
  return found == std::string_view::npos ? 0 : found;
}

// Where the blanks begin that end before `end`.
template <typename Bytes>
[[gnu::always_inline]] inline std::size_t before_blanks(std::string_view line, std::size_t end) {
  if (end >= kWindow) {
    const std::uint32_t others = ~Bytes::equal(line.data() + end - kWindow, ' ');
    if (others != 0) return end - static_cast<unsigned>(__builtin_clz(others));
  }
  return begin_of_blanks(line, 0, end);
}

// Whether 64 bytes, or the first `size` of them, have no parentheses. `quotes`: one more if they have an odd
// number of those.
template <typename Bytes>
[[gnu::always_inline]] inline bool no_parentheses(const char* text, std::size_t size, unsigned& quotes) {
  std::uint64_t parentheses = 0, found = 0;
  for (unsigned i = 0; i < 64; i += 32) {
    parentheses |= std::uint64_t{Bytes::parentheses(text + i)} << i;
    found |= std::uint64_t{Bytes::equal(text + i, '"')} << i;
  }
  const std::uint64_t all = size == 0 ? 0 : ~std::uint64_t{0} >> (64 - size);
  quotes += static_cast<unsigned>(__builtin_parityll(found & all));
  return (parentheses & all) == 0;
}

// See seems_whole(). 64 bytes can be read behind `end`.
template <typename Bytes>
[[gnu::always_inline]] inline bool is_whole(std::string_view line, std::size_t begin, std::size_t end) {
  const std::size_t size = end - begin;
  const char* text = line.data() + begin;
  unsigned quotes = 0;
  // Short arguments have no parentheses, most of them.
  if (size <= 64) {
    if (no_parentheses<Bytes>(text, size, quotes)) return quotes % 2 == 0;
  } else if (size <= 128) {
    if (no_parentheses<Bytes>(text, 64, quotes) && no_parentheses<Bytes>(text + 64, size - 64, quotes))
      return quotes % 2 == 0;
  }
  if (seems_whole(line, begin, end)) return true;
  Cursor cursor{line.substr(0, line.size() - kDurationSize), begin};
  return scan_to_close(cursor) && cursor.at == end;
}

inline constexpr std::uint64_t kOnes = 0x0101010101010101;

// Eight digits, the first of them in the lowest byte. False: something else is among them.
[[gnu::always_inline]] inline bool eight_exactly(std::uint64_t bytes, std::uint64_t& value) {
  const std::uint64_t digits = bytes ^ (kOnes * '0');
  if ((((digits + kOnes * 0x76) | digits) & (kOnes * 0x80)) != 0) return false;
  value = value_of_digits(digits);
  return true;
}

// "5.000015": the six behind the point.
[[gnu::always_inline]] inline bool micro_at(const char* text, std::uint64_t& value) {
  return text[1] == '.' && eight_exactly((eight_bytes(text) & ~std::uint64_t{0xffff}) | 0x3030, value);
}

template <std::size_t kSize>
[[gnu::always_inline]] inline bool is_at(const char* text, const char (&word)[kSize]) {
  return std::memcmp(text, word, kSize - 1) == 0;
}

// "12345 "; moves behind it. At most seven digits.
[[gnu::always_inline]] inline bool skim_number(const char* text, char behind, std::size_t& at,
                                               std::int32_t& number) {
  const Digits digits = eight_digits(text + at);
  if (digits.count == 0 || digits.count == 8 || digits.value == 0) return false;
  at += digits.count;
  number = static_cast<std::int32_t>(digits.value);
  return text[at++] == behind;
}

// Moves behind "10001 " or, when bracketed, "[pid 10001] ".
[[gnu::always_inline]] inline bool skim_tid(std::string_view line, PidColumn column, std::size_t& at,
                                            std::int32_t& tid) {
  const char* text = line.data();
  if (column == PidColumn::plain) {
    if (!skim_number(text, ' ', at, tid)) return false;
    while (text[at] == ' ') ++at;
    return true;
  }
  if (column == PidColumn::none || text[0] != '[') return true;
  if (!is_at(text, "[pid ")) return false;
  at = 5;
  while (text[at] == ' ') ++at;
  return line.size() >= at + 16 && skim_number(text, ']', at, tid) && text[at++] == ' ';
}

// "23:12:22.158950 ".
inline bool skim_time_of_day(std::string_view line, std::size_t& at, std::int64_t& time_ns) {
  const char* text = line.data() + at;
  const auto two = [text](std::size_t place) {
    return is_digit(text[place]) && is_digit(text[place + 1])
               ? (text[place] - '0') * 10 + (text[place + 1] - '0')
               : 100;
  };
  const int hours = two(0), minutes = two(3), seconds = two(6);
  std::uint64_t micro = 0;
  if (text[2] != ':' || text[5] != ':' || hours > 23 || minutes > 59 || seconds > 60 ||
      !micro_at(text + 7, micro) || text[15] != ' ')
    return false;
  time_ns = (hours * 3'600 + minutes * 60 + seconds) * kSecond + static_cast<std::int64_t>(micro) * 1'000;
  at += 16;
  return true;
}

// " <0.000012>" at the end of a line.
[[gnu::always_inline]] inline bool skim_duration(const char* tail, std::int64_t& duration_ns) {
  std::uint64_t micro = 0;
  if (!is_digit(tail[2]) || !micro_at(tail + 2, micro)) return false;
  duration_ns = (tail[2] - '0') * kSecond + static_cast<std::int64_t>(micro) * 1'000;
  return true;
}

inline bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }

// "</etc/passwd>": of a descriptor that is returned.
inline bool is_path(std::string_view text) {
  return text.starts_with("</") && text.find_first_of("<>", 1) == text.size() - 1;
}

// "0", "4096", "0x7f3c", "3</etc/passwd>", "0x802 (flags O_RDWR)", "-1 ENOENT (No such file or directory)".
template <typename Bytes>
[[gnu::always_inline]] inline bool skim_result(std::string_view text, const WordTable& errors,
                                               std::int32_t& error) {
  std::size_t at = 0;
  if (text[0] == '-') {
    if (!is_at(text.data(), "-1 E")) return false;
    const std::uint32_t blanks = Bytes::equal(text.data() + 3, ' ');
    const auto size = static_cast<unsigned>(__builtin_ctz(blanks | 0x10000));
    error = errors.find(text.data() + 3, size);
    return error > 0 && is_at(text.data() + 3 + size, " (") && text.back() == ')';
  }
  if (text.size() > 1 && text[0] == '0' && is_digit(text[1])) return false;  // octal
  if (is_at(text.data(), "0x")) {
    at = 2;
    while (at < text.size() && is_hex(text[at])) ++at;
    if (at == 2 || at > 17) return false;
  } else {
    // Behind it there are eight bytes: the duration.
    at = eight_digits(text.data()).count;
    if (at == 8) {
      while (at < text.size() && is_digit(text[at])) ++at;
    }
    if (at == 0 || at > 15) return false;
  }
  if (at == text.size() || (text[at] == '<' && is_path(text.substr(at)))) return true;
  return text.size() > at + 2 && text[at] == ' ' && text[at + 1] == '(' && text.back() == ')' &&
         text.find('>', at) == std::string_view::npos;
}

}  // namespace latimer::strace
