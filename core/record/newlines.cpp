#include "core/record/newlines.h"

#include <bit>

#include "core/record/wide_bytes.h"

namespace latimer {
namespace {

constexpr std::size_t kChunk = 64;

// Writes the places of the bits, the first one at `at`, and returns how many there are. Two are written
// whether there are as many or not, so that no jump depends on it: most chunks have none, one or two
// newlines.
[[gnu::always_inline]] inline std::size_t write_places(std::uint64_t bits, std::size_t at,
                                                       std::uint32_t* to) {
  constexpr std::uint64_t kLast = std::uint64_t{1} << 63;  // where nothing is left, any place will do
  const auto count = static_cast<std::size_t>(std::popcount(bits));
  const auto next = [&bits, at] {
    const auto place = static_cast<unsigned>(__builtin_ctzll(bits | kLast));
    bits &= bits - 1;
    return static_cast<std::uint32_t>(at) + place;
  };
  to[0] = next();
  to[1] = next();
  if (count > 2) [[unlikely]] {
    for (std::size_t i = 2; i < count; ++i) to[i] = next();
  }
  return count;
}

template <typename Bytes>
[[gnu::always_inline]] inline std::uint64_t newlines_of(const char* text, std::size_t size) {
  if (size == 0) return 0;
  const std::uint64_t bits = Bytes::equal(text, '\n') | std::uint64_t{Bytes::equal(text + 32, '\n')} << 32;
  return size < kChunk ? bits & ~(~std::uint64_t{0} << size) : bits;
}

template <typename Bytes>
[[gnu::always_inline]] inline std::size_t find_with(const char* text, std::size_t size,
                                                    std::vector<std::uint32_t>& ends) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < size; at += 2 * kChunk) {
    const std::size_t left = size - at;
    const std::uint64_t first = newlines_of<Bytes>(text + at, left);
    const std::uint64_t second = newlines_of<Bytes>(text + at + kChunk, left < kChunk ? 0 : left - kChunk);
    if ((first | second) == 0) continue;
    if (ends.size() < count + 2 * kChunk) ends.resize(count + 16 * kChunk);
    count += write_places(first, at, ends.data() + count);
    count += write_places(second, at + kChunk, ends.data() + count);
  }
  return count;
}

#ifdef __x86_64__
LATIMER_AVX2 std::size_t find_avx2(const char* text, std::size_t size, std::vector<std::uint32_t>& ends) {
  return find_with<Avx2Bytes>(text, size, ends);
}
#endif

}  // namespace

std::size_t find_newlines(const char* text, std::size_t size, std::vector<std::uint32_t>& ends) {
#ifdef __x86_64__
  if (use_avx2) return find_avx2(text, size, ends);
#endif
  return find_with<PlainBytes>(text, size, ends);
}

}  // namespace latimer
