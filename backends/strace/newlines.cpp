#include "backends/strace/newlines.h"

#include <bit>

#include "backends/strace/wide_bytes.h"

namespace latimer::strace {
namespace {

constexpr std::size_t kChunk = 64;

// Writes the places of the bits, the first one at `at`, and returns how many there are. Two are written
// whether there are as many or not: most chunks that have a newline have one or two.
[[gnu::always_inline]] inline std::size_t write_places(std::uint64_t bits, std::size_t at,
                                                       std::uint32_t* to) {
  const auto count = static_cast<std::size_t>(std::popcount(bits));
  const auto next = [&bits, at] {
    const auto place = static_cast<std::uint32_t>(at) + static_cast<std::uint32_t>(std::countr_zero(bits));
    bits &= bits - 1;
    return place;
  };
  to[0] = next();
  to[1] = next();
  for (std::size_t i = 2; i < count; ++i) to[i] = next();
  return count;
}

template <typename Bytes>
[[gnu::always_inline]] inline std::size_t find_with(const char* text, std::size_t size,
                                                    std::vector<std::uint32_t>& ends) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < size; at += kChunk) {
    std::uint64_t bits = Bytes::equal(text + at, '\n') | std::uint64_t{Bytes::equal(text + at + 32, '\n')}
                                                             << 32;
    if (size - at < kChunk) bits &= ~(~std::uint64_t{0} << (size - at));
    if (bits == 0) continue;
    if (ends.size() < count + kChunk) ends.resize(count + 16 * kChunk);
    count += write_places(bits, at, ends.data() + count);
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

}  // namespace latimer::strace
