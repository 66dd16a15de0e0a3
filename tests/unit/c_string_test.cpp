#include "core/model/c_string.h"

#include <catch2/catch.hpp>

using namespace latimer;
using namespace std::string_literals;

TEST_CASE("what C escapes stand for", "[c_string]") {
  CHECK(unescape_c("we ird\\76)\\74\\\\\\n\\08") == "we ird>)<\\\n\0008"s);
  CHECK(unescape_c("\\\"\\x41\\x4z\\r\\t\\v\\f\\a\\b") == "\"A\x04z\r\t\v\f\a\b");
  CHECK(unescape_c("\\") == "\\");
  CHECK(unescape_c("\\q\\x") == "\\q\\x");
  CHECK(unescape_c("\\1234\\777") == "S4\xff");
}

TEST_CASE("any bytes survive being quoted", "[c_string]") {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
  all += "1\n\"2\\";
  std::string quoted;
  append_c_string(quoted, all);
  CHECK(quoted.front() == '"');
  CHECK(quoted.back() == '"');
  CHECK(unescape_c(quoted.substr(1, quoted.size() - 2)) == all);
  for (const char c : quoted) CHECK((c >= ' ' && c <= '~'));
}
