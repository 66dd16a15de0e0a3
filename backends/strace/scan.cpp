#include "backends/strace/scan.h"

#include <algorithm>
#include <array>
#include <limits>

#include "core/record/wide_bytes.h"

namespace latimer::strace {
namespace {

// Characters at which scan_to_close() has to think.
constexpr std::array<bool, 256> kSpecial = [] {
  std::array<bool, 256> table{};
  for (const unsigned char c : {'"', '(', ')', '<', '/'}) table[c] = true;
  return table;
}();

#ifdef __SSE2__
__m128i load(const char* bytes) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)); }
__m128i is(__m128i bytes, char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); }
__m128i is_between(__m128i bytes, char first, char last) {
  return _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8(static_cast<char>(first - 1))),
                       _mm_cmplt_epi8(bytes, _mm_set1_epi8(static_cast<char>(last + 1))));
}
unsigned bits(__m128i bytes) { return static_cast<unsigned>(_mm_movemask_epi8(bytes)); }
#endif

// Which of 32 bytes a backslash before them escapes, that is not itself escaped. `escaped`: whether the first
// is, and afterwards whether the first of the next 32 is. Runs of backslashes are told to be odd or even by
// an addition that carries through them (Langdale and Lemire, "Parsing gigabytes of JSON per second",
// 2019, 3.1.1).
std::uint32_t escaped_bits(std::uint32_t backslashes, bool& escaped) {
  constexpr std::uint32_t kEven = 0x55555555;
  const std::uint32_t first = escaped ? 1 : 0;
  backslashes &= ~first;
  const std::uint32_t follows = backslashes << 1 | first;
  const std::uint32_t odd_starts = backslashes & ~kEven & ~follows;
  std::uint32_t ends = 0;
  escaped = __builtin_add_overflow(odd_starts, backslashes, &ends);
  return (kEven ^ ends << 1) & follows;
}

// From `at` on, inside a string, to where fewer than 32 bytes are left, or behind the quote that closes it:
// true then.
template <typename Bytes>
[[gnu::always_inline]] inline bool close_string(std::string_view text, std::size_t& at, bool& escaped) {
  for (; text.size() - at >= 32; at += 32) {
    const std::uint32_t quotes = Bytes::equal(text.data() + at, '"');
    const std::uint32_t ends = quotes & ~escaped_bits(Bytes::equal(text.data() + at, '\\'), escaped);
    if (ends == 0) continue;
    at += static_cast<unsigned>(__builtin_ctz(ends)) + 1;
    return true;
  }
  return false;
}

#ifdef __x86_64__
LATIMER_AVX2 bool close_string_avx2(std::string_view text, std::size_t& at, bool& escaped) {
  return close_string<Avx2Bytes>(text, at, escaped);
}
#endif

// Cursor on the opening quote; moves behind the closing one. strace escapes every quote and backslash inside.
bool scan_string(Cursor& cursor) {
  const std::string_view text = cursor.text;
  std::size_t at = cursor.at + 1;
  bool escaped = false;
#ifdef __x86_64__
  const bool closed =
      use_avx2 ? close_string_avx2(text, at, escaped) : close_string<PlainBytes>(text, at, escaped);
#else
  const bool closed = close_string<PlainBytes>(text, at, escaped);
#endif
  if (closed) {
    cursor.at = at;
    return true;
  }
  for (; at < text.size(); ++at) {
    if (escaped) {
      escaped = false;
    } else if (text[at] == '"') {
      cursor.at = at + 1;
      return true;
    } else {
      escaped = text[at] == '\\';
    }
  }
  return false;
}

// Behind "PROTO:[": moves behind the matching ']'.
bool scan_brackets(Cursor& cursor) {
  int depth = 1;
  while (!cursor.done()) {
    const char c = cursor.peek();
    if (c == '"') {
      if (!scan_string(cursor)) return false;
      continue;
    }
    ++cursor.at;
    if (c == '[') ++depth;
    if (c == ']' && --depth == 0) return true;
  }
  return false;
}

// Whether the '<' at the cursor opens an annotation: it follows a number or AT_FDCWD, and is not a shift
// (1<<CAP_CHOWN).
bool opens_annotation(const Cursor& cursor) {
  const char before = cursor.before();
  if (!is_digit(before) && before != 'D') return false;
  return cursor.at + 1 < cursor.text.size() && cursor.text[cursor.at + 1] != '<';
}

// Steps over a '<' that is no annotation: "<unfinished ...>" and "<... resuming interrupted read ...>" among
// the arguments.
void scan_marker(Cursor& cursor) {
  if (cursor.rest().starts_with("<unfinished ...>") || cursor.rest().starts_with("<... ")) {
    const std::size_t end = cursor.text.find('>', cursor.at);
    if (end != std::string_view::npos) {
      cursor.at = end + 1;
      return;
    }
  }
  ++cursor.at;
}

// 99: no digit.
unsigned digit_of(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  return c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a') + 10 : 99;
}

// Whether a number has more than 64 bits.
bool overflows(std::string_view digits, unsigned base) {
  std::uint64_t value = 0;
  for (const char c : digits) {
    const unsigned digit = digit_of(c);
    if (value > (std::numeric_limits<std::uint64_t>::max() - digit) / base) return true;
    value = value * base + digit;
  }
  return false;
}

bool scan_comment(Cursor& cursor) {
  const std::size_t end = cursor.text.find("*/", cursor.at + 2);
  if (end == std::string_view::npos) return false;
  cursor.at = end + 2;
  return true;
}

}  // namespace

std::size_t end_of_name(std::string_view text, std::size_t at) {
#ifdef __SSE2__
  if (text.size() >= at + 16) {
    const __m128i bytes = load(text.data() + at);
    const __m128i name =
        _mm_or_si128(_mm_or_si128(is_between(bytes, 'a', 'z'), is_between(bytes, '0', '9')), is(bytes, '_'));
    const unsigned others = ~bits(name) & 0xffff;
    if (others != 0) return at + static_cast<unsigned>(__builtin_ctz(others));
    at += 16;
  }
#endif
  while (at < text.size() &&
         ((text[at] >= 'a' && text[at] <= 'z') || is_digit(text[at]) || text[at] == '_')) {
    ++at;
  }
  return at;
}

std::size_t begin_of_blanks(std::string_view text, std::size_t begin, std::size_t end) {
#ifdef __SSE2__
  while (end >= begin + 16) {
    const unsigned others = ~bits(is(load(text.data() + end - 16), ' ')) & 0xffff;
    if (others != 0) return end - static_cast<std::size_t>(__builtin_clz(others) - 16);
    end -= 16;
  }
#endif
  while (end > begin && text[end - 1] == ' ') --end;
  return end;
}

bool scan_annotation(Cursor& cursor) {
  ++cursor.at;
  // "PROTO:[...]>", where quotes count; else up to the first '>', around at most one nested "<char 1:3>".
  std::size_t proto = cursor.at;
  while (proto < cursor.text.size() && (is_digit(cursor.text[proto]) || cursor.text[proto] == '-' ||
                                        (cursor.text[proto] >= 'A' && cursor.text[proto] <= 'Z') ||
                                        (cursor.text[proto] >= 'a' && cursor.text[proto] <= 'z'))) {
    ++proto;
  }
  if (proto > cursor.at && cursor.text.substr(proto).starts_with(":[")) {
    cursor.at = proto + 2;
    if (!scan_brackets(cursor) || cursor.peek() != '>') return false;
    ++cursor.at;
  } else {
    int depth = 1;
    while (depth > 0) {
      if (cursor.done()) return false;
      const char c = cursor.peek();
      ++cursor.at;
      if (c == '<') ++depth;
      if (c == '>') --depth;
    }
  }
  (void)cursor.skip("(deleted)");
  return true;
}

bool scan_to_close(Cursor& cursor) {
  int depth = 1;
  const std::string_view text = cursor.text;
  for (;;) {
    std::size_t at = cursor.at;
    while (at < text.size() && !kSpecial[static_cast<unsigned char>(text[at])]) ++at;
    cursor.at = at;
    if (at >= text.size()) return false;
    switch (text[at]) {
      case '"':
        if (!scan_string(cursor)) return false;
        break;
      case '(':
        ++depth;
        ++cursor.at;
        break;
      case ')':
        if (--depth == 0) return true;
        ++cursor.at;
        break;
      case '/':
        if (at + 1 < text.size() && text[at + 1] == '*') {
          if (!scan_comment(cursor)) return false;
        } else {
          ++cursor.at;
        }
        break;
      default:
        if (opens_annotation(cursor)) {
          if (!scan_annotation(cursor)) return false;
        } else {
          scan_marker(cursor);
        }
    }
  }
}

std::optional<std::optional<std::int64_t>> scan_value(Cursor& cursor) {
  const std::string_view text = cursor.text;
  const bool negative = cursor.peek() == '-';
  const std::size_t digits = cursor.at + (negative ? 1 : 0);
  unsigned base = 10;
  std::size_t at = digits;
  if (at < text.size() && text[at] == '0') base = at + 1 < text.size() && text[at + 1] == 'x' ? 16 : 8;
  if (base == 16) at += 2;
  const std::size_t first = at;
  std::uint64_t value = 0;
  for (unsigned digit = 0; at < text.size() && (digit = digit_of(text[at])) < base; ++at)
    value = value * base + digit;
  if (at == first) return std::nullopt;
  cursor.at = at;
  // 15 digits of any base fit.
  const bool overflow = at - first > 15 && overflows(text.substr(first, at - first), base);
  if (overflow || (negative && value > std::uint64_t{1} << 63)) return std::optional<std::int64_t>();
  return std::optional<std::int64_t>(static_cast<std::int64_t>(negative ? 0 - value : value));
}

}  // namespace latimer::strace
