#include "backends/strace/scan.h"

#include <algorithm>
#include <array>
#include <limits>

#ifdef __x86_64__
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace latimer::strace {
namespace {

// Characters at which scan_to_close() has to think.
constexpr std::array<bool, 256> kSpecial = [] {
  std::array<bool, 256> table{};
  for (const unsigned char c : {'"', '(', ')', '<', '/'}) table[c] = true;
  return table;
}();

// Cursor on the opening quote; moves behind the closing one. strace escapes every quote and backslash inside.
bool scan_string(Cursor& cursor) {
  const std::string_view text = cursor.text;
  const std::size_t begin = cursor.at + 1;
  for (std::size_t at = begin; (at = text.find('"', at)) != std::string_view::npos; ++at) {
    std::size_t escapes = at;
    while (escapes > begin && text[escapes - 1] == '\\') --escapes;
    if ((at - escapes) % 2 != 0) continue;
    cursor.at = at + 1;
    return true;
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

#ifdef __SSE2__
namespace {

__m128i load(const char* bytes) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)); }
__m128i is(__m128i bytes, char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); }
__m128i is_between(__m128i bytes, char first, char last) {
  return _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8(static_cast<char>(first - 1))),
                       _mm_cmplt_epi8(bytes, _mm_set1_epi8(static_cast<char>(last + 1))));
}
unsigned bits(__m128i bytes) { return static_cast<unsigned>(_mm_movemask_epi8(bytes)); }

// All ones in the first `count` bytes of the 16, zeros in the others.
__m128i first_bytes(std::size_t count) {
  alignas(16) static constexpr std::array<signed char, 32> kMask = [] {
    std::array<signed char, 32> mask{};
    for (std::size_t i = 0; i < 16; ++i) mask[i] = -1;
    return mask;
  }();
  return load(reinterpret_cast<const char*>(kMask.data()) + 16 - count);
}

}  // namespace
#endif

namespace {

// What is counted between the parentheses of a call.
struct Seen {
  std::int64_t open = 0;  // parentheses that open, less those that close
  std::int64_t quotes = 0;
  bool result = false;  // something looks like the end of another call
};

#ifdef __x86_64__
#define LATIMER_AVX2 __attribute__((target("avx2")))

LATIMER_AVX2 inline __m256i load_wide(const char* bytes) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes));
}

LATIMER_AVX2 inline std::int64_t sum_of(__m256i counts) {
  const __m256i parts = _mm256_sad_epu8(counts, _mm256_setzero_si256());
  return _mm256_extract_epi64(parts, 0) + _mm256_extract_epi64(parts, 1) + _mm256_extract_epi64(parts, 2) +
         _mm256_extract_epi64(parts, 3);
}

// The same as below, 32 bytes at a time, for CPUs that can. Stops where fewer than 34 bytes are left.
LATIMER_AVX2 std::size_t see_wide(std::string_view text, std::size_t at, std::size_t end, Seen& seen) {
  const __m256i zero = _mm256_setzero_si256();
  const __m256i opening = _mm256_set1_epi8('('), closing = _mm256_set1_epi8(')');
  const __m256i quote = _mm256_set1_epi8('"'), blank = _mm256_set1_epi8(' '), equals = _mm256_set1_epi8('=');
  while (end - at >= 32 && text.size() - at >= 34) {
    __m256i opened = zero, closed = zero, quoted = zero, results = zero;
    for (int i = 0; i < 255 && end - at >= 32 && text.size() - at >= 34; ++i, at += 32) {
      const __m256i bytes = load_wide(text.data() + at);
      const __m256i second = load_wide(text.data() + at + 2);
      const __m256i close = _mm256_cmpeq_epi8(bytes, closing);
      opened = _mm256_sub_epi8(opened, _mm256_cmpeq_epi8(bytes, opening));
      closed = _mm256_sub_epi8(closed, close);
      quoted = _mm256_sub_epi8(quoted, _mm256_cmpeq_epi8(bytes, quote));
      const __m256i first =
          _mm256_and_si256(close, _mm256_cmpeq_epi8(load_wide(text.data() + at + 1), blank));
      results = _mm256_or_si256(results,
                                _mm256_and_si256(first, _mm256_or_si256(_mm256_cmpeq_epi8(second, blank),
                                                                        _mm256_cmpeq_epi8(second, equals))));
    }
    seen.result = seen.result || _mm256_movemask_epi8(results) != 0;
    seen.open += sum_of(opened) - sum_of(closed);
    seen.quotes += sum_of(quoted);
  }
  return at;
}

const bool kWide = __builtin_cpu_supports("avx2") != 0;
#endif

}  // namespace

bool seems_whole(std::string_view text, std::size_t begin, std::size_t end) {
  Seen seen;
  std::size_t at = begin;
#ifdef __x86_64__
  if (kWide && end > begin && end - begin >= 64) at = see_wide(text, begin, end, seen);
  if (seen.result) return false;
#endif
#ifdef __SSE2__
  // Short arguments have no parentheses, most of them.
  for (bool plain = at == begin; plain && text.size() - at >= 16;) {
    const std::size_t size = std::min<std::size_t>(end - at, 16);
    const __m128i bytes = _mm_and_si128(load(text.data() + at), first_bytes(size));
    plain = bits(_mm_or_si128(is(bytes, '('), is(bytes, ')'))) == 0;
    if (!plain) break;
    seen.quotes += __builtin_parity(bits(is(bytes, '"')));
    at += size;
    if (at == end) return seen.quotes % 2 == 0;
  }
  // 16 bytes at a time, and the last ones as 16 whose others do not count; a byte of the sums has room for
  // 255.
  const __m128i zero = _mm_setzero_si128();
  while (at < end && text.size() - at >= 18) {
    __m128i opened = zero, closed = zero, quoted = zero, results = zero;
    for (int i = 0; i < 255 && at < end && text.size() - at >= 18; ++i) {
      const std::size_t size = std::min<std::size_t>(end - at, 16);
      const __m128i bytes = _mm_and_si128(load(text.data() + at), first_bytes(size));
      const __m128i second = load(text.data() + at + 2);
      const __m128i close = is(bytes, ')');
      opened = _mm_sub_epi8(opened, is(bytes, '('));
      closed = _mm_sub_epi8(closed, close);
      quoted = _mm_sub_epi8(quoted, is(bytes, '"'));
      const __m128i blank_first = _mm_and_si128(close, is(load(text.data() + at + 1), ' '));
      results =
          _mm_or_si128(results, _mm_and_si128(blank_first, _mm_or_si128(is(second, ' '), is(second, '='))));
      at += size;
    }
    if (bits(results) != 0) return false;
    const auto sum = [&zero](__m128i counts) {
      const __m128i halves = _mm_sad_epu8(counts, zero);
      return _mm_cvtsi128_si64(halves) + _mm_cvtsi128_si64(_mm_srli_si128(halves, 8));
    };
    seen.open += sum(opened) - sum(closed);
    seen.quotes += sum(quoted);
  }
#endif
  for (; at < end; ++at) {
    seen.open += static_cast<int>(text[at] == '(') - static_cast<int>(text[at] == ')');
    seen.quotes += static_cast<int>(text[at] == '"');
    const bool result = text[at] == ')' && at + 2 < text.size() && text[at + 1] == ' ' &&
                        (text[at + 2] == ' ' || text[at + 2] == '=');
    if (result) return false;
  }
  return seen.open == 0 && seen.quotes % 2 == 0;
}

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
