// Where lines end, and words found by their bytes.
#include "backends/strace/newlines.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "backends/strace/wide_bytes.h"
#include "backends/strace/word_table.h"

using namespace latimer::strace;

namespace {

// With newlines behind the text, which are none of it.
std::vector<std::uint32_t> found(const std::string& text) {
  const std::string padded = text + std::string(kNewlinesPadding, '\n');
  std::vector<std::uint32_t> ends;
  ends.resize(find_newlines(padded.data(), text.size(), ends));
  return ends;
}

std::vector<std::uint32_t> expected(const std::string& text) {
  std::vector<std::uint32_t> ends;
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; ++at)
    ends.push_back(static_cast<std::uint32_t>(at));
  return ends;
}

}  // namespace

TEST_CASE("every newline is found, however many there are and wherever the text ends", "[strace][log]") {
  std::mt19937 random(7);
  const bool avx2 = use_avx2;
  for (const unsigned one_in : {1U, 2U, 3U, 20U, 80U, 1000U}) {
    for (std::size_t size = 0; size < 300; ++size) {
      std::string text(size, 'x');
      for (char& c : text)
        if (random() % one_in == 0) c = '\n';
      INFO(text);
      CHECK(found(text) == expected(text));
      use_avx2 = false;
      CHECK(found(text) == expected(text));
      use_avx2 = avx2;
    }
  }
}

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
