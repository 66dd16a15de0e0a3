// WordTable: short words -> numbers, for names that stand in a text among others. A word is looked up as two
// numbers of eight bytes, without a loop over its letters.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "backends/strace/scan.h"

namespace latimer::strace {

class WordTable {
 public:
  static constexpr std::size_t kLongest = 16;  // bytes of a word

  WordTable() : entries_(kSlots) {}

  // Words that are empty or too long are left out; of a word that is there already, the first number stays.
  void add(std::string_view word, std::int32_t number);

  // The first `size` bytes at `text`, at most 16, are the word; all 16 can be read. -1: it is not in the
  // table.
  [[nodiscard, gnu::always_inline]] std::int32_t find(const char* text, std::size_t size) const {
    const Key key{eight_bytes(text) & kFirst[size + 8], eight_bytes(text + 8) & kFirst[size],
                  static_cast<std::uint32_t>(size)};
    return entries_[place_of(key)].number;
  }

 private:
  static constexpr std::size_t kSlots = 4096;  // many times as many as there are words

  struct Key {
    std::uint64_t low = 0, high = 0;  // the first letter lowest; zeros behind the word
    std::uint32_t size = 0;           // a text may have zeros, too
  };
  struct Entry {
    Key key;  // size 0: free
    std::int32_t number = -1;
  };

  // At 8 + n: the first n of eight bytes; none and all of them at both ends.
  static constexpr std::array<std::uint64_t, kLongest + 9> kFirst = [] {
    std::array<std::uint64_t, kLongest + 9> masks{};
    for (std::size_t n = 1; n <= kLongest; ++n) masks[8 + n] = ~std::uint64_t{0} >> (n < 8 ? 64 - 8 * n : 0);
    return masks;
  }();

  // Where it is, or would be.
  [[nodiscard, gnu::always_inline]] std::size_t place_of(const Key& key) const {
    const std::uint64_t mixed = (key.low ^ (key.high * 0x9e3779b97f4a7c15)) * 0xd6e8feb86659fd93;
    for (std::size_t slot = mixed >> 52;; slot = (slot + 1) % kSlots) {
      const Key& there = entries_[slot].key;
      const bool same = ((there.low ^ key.low) | (there.high ^ key.high) | (there.size ^ key.size)) == 0;
      if (same || there.size == 0) return slot;
    }
  }

  std::vector<Entry> entries_;
};

}  // namespace latimer::strace
