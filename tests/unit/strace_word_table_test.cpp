// Words found by their bytes.
#include "backends/strace/word_table.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace latimer::strace;

TEST_CASE("a word is found whatever stands behind it", "[strace][log]") {
  WordTable table;
  const std::vector<std::string> words = {
      "a", "ab", "read", "pread64", "readahead", "epoll_wait", "clock_nanosleep", "exactly_sixteen_"};
  for (std::size_t i = 0; i < words.size(); ++i) table.add(words[i], static_cast<std::int32_t>(i));
  table.add("seventeen_letters", 90);
  table.add("", 91);
  table.add("read", 92);
  for (std::size_t i = 0; i < words.size(); ++i) {
    for (const char behind : {'(', ' ', '\0', 'x'}) {
      const std::string text = words[i] + std::string(16, behind);
      CHECK(table.find(text.data(), words[i].size()) == static_cast<std::int32_t>(i));
    }
  }
  for (const char* other : {"rea", "b", "reads", "seventeen_letter", "epoll_wai"}) {
    const std::string text = other + std::string(16, 'd');
    CHECK(table.find(text.data(), std::string_view(other).size()) == -1);
  }
  CHECK(table.find("0123456789abcdef", 0) == -1);
  CHECK(table.find("read\0\0\0\0\0\0\0\0\0\0\0", 5) == -1);
  CHECK(table.find("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 3) == -1);
}
