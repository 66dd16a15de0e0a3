// Where lines end.
#include "core/record/newlines.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "core/record/wide_bytes.h"

using namespace latimer;

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

TEST_CASE("every newline is found, however many there are and wherever the text ends", "[record]") {
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
