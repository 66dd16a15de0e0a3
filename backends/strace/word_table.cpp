#include "backends/strace/word_table.h"

#include <algorithm>

namespace latimer::strace {

void WordTable::add(std::string_view word, std::int32_t number) {
  if (word.empty() || word.size() > kLongest) return;
  std::array<char, kLongest> padded{};
  std::copy(word.begin(), word.end(), padded.begin());
  const Key key{eight_bytes(padded.data()), eight_bytes(padded.data() + 8),
                static_cast<std::uint32_t>(word.size())};
  Entry& entry = entries_[place_of(key)];
  if (entry.key.size == 0) entry = {key, number};
}

}  // namespace latimer::strace
