// seems_whole(): whether a text can be the arguments of one call.
#include <algorithm>
#include <array>

#include "backends/strace/scan.h"
#include "core/record/wide_bytes.h"

namespace latimer::strace {
namespace {

#ifdef __SSE2__
__m128i load(const char* bytes) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)); }
__m128i is(__m128i bytes, char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); }
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
#endif

// What is counted between the parentheses of a call.
struct Seen {
  std::int64_t open = 0;  // parentheses that open, less those that close
  std::int64_t quotes = 0;
  bool result = false;  // something looks like the end of another call
};

#ifdef __x86_64__
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

#endif

}  // namespace

bool seems_whole(std::string_view text, std::size_t begin, std::size_t end) {
  Seen seen;
  std::size_t at = begin;
#ifdef __x86_64__
  if (use_avx2 && end > begin && end - begin >= 64) at = see_wide(text, begin, end, seen);
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

}  // namespace latimer::strace
