// What is asked of 32 bytes at once: a bit for each, the first one lowest. In two ways: one that every
// machine has, and one for x86_64 with AVX2, which about halves the work.
//
// Code that is to be compiled for both is a template on the way, [[gnu::always_inline]], and called from a
// function of either kind; use_avx2 says which of them may run.
#pragma once

#include <cstdint>

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace latimer {

#ifdef __SSE2__
struct PlainBytes {
  static std::uint32_t equal(const char* text, char c) {
    return half(text, c, 0) | half(text + 16, c, 0) << 16;
  }
  // '(' and ')' differ in the lowest bit.
  static std::uint32_t parentheses(const char* text) {
    return half(text, ')', 1) | half(text + 16, ')', 1) << 16;
  }

 private:
  static std::uint32_t half(const char* text, char c, char with) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
    const __m128i found = _mm_cmpeq_epi8(_mm_or_si128(bytes, _mm_set1_epi8(with)), _mm_set1_epi8(c));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(found));
  }
};
#else
struct PlainBytes {
  static std::uint32_t equal(const char* text, char c) {
    std::uint32_t bits = 0;
    for (unsigned i = 0; i < 32; ++i) bits |= std::uint32_t{text[i] == c} << i;
    return bits;
  }
  static std::uint32_t parentheses(const char* text) { return equal(text, '(') | equal(text, ')'); }
};
#endif

#ifdef __x86_64__
#define LATIMER_AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))

struct Avx2Bytes {
  LATIMER_AVX2 static std::uint32_t equal(const char* text, char c) {
    return bits(_mm256_cmpeq_epi8(load(text), _mm256_set1_epi8(c)));
  }
  LATIMER_AVX2 static std::uint32_t parentheses(const char* text) {
    return bits(_mm256_cmpeq_epi8(_mm256_or_si256(load(text), _mm256_set1_epi8(1)), _mm256_set1_epi8(')')));
  }

 private:
  LATIMER_AVX2 static __m256i load(const char* text) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text));
  }
  LATIMER_AVX2 static std::uint32_t bits(__m256i found) {
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(found));
  }
};

// Whether this machine has it. Tests take it away to see what others do.
inline bool use_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                       __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
#else
inline bool use_avx2 = false;
#endif

}  // namespace latimer
