#include "core/model/text_escape.h"

#include <catch2/catch.hpp>

#include <map>
#include <random>
#include <string>

using namespace latimer;
using namespace std::string_literals;

namespace {

std::string encode(char32_t code) {
  std::string out;
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3f));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
  return out;
}

// Bytes that are likely to be nearly UTF-8, nearly an escape, or neither.
std::string random_bytes(std::mt19937& random) {
  static const std::string pieces[] = {"\\",
                                       "x",
                                       "\\x",
                                       "41",
                                       "\\x41",
                                       "\\\\",
                                       "é",
                                       "\xe2\x80",
                                       "\xae",
                                       "\xc0\xaf",
                                       "\xed\xa0",
                                       "\x80",
                                       "\xf4\x90\x80\x80",
                                       "\n",
                                       "\x1b[2J",
                                       "\0"s,
                                       "日本",
                                       "\xf0\x9f\x98\x80"};
  std::string out;
  const auto length = random() % 12;
  for (auto i = length; i > 0; --i) {
    switch (random() % 3) {
      case 0:
        out += pieces[random() % std::size(pieces)];
        break;
      case 1:
        out += static_cast<char>(random());
        break;
      default:
        out += static_cast<char>('a' + random() % 26);
        break;
    }
  }
  return out;
}

}  // namespace

TEST_CASE("plain text and printable UTF-8 stay as they are") {
  for (const std::string text :
       {"", "nginx: worker", "/tmp/a b", "héllo", "日本語", "\xf0\x9f\x98\x80", "\"quote\"", "~"}) {
    CHECK(escape_bytes(text) == text);
    CHECK(unescape_bytes(text).value() == text);
  }
}

TEST_CASE("what is escaped, and how") {
  CHECK(escape_bytes("a\\b") == "a\\\\b");
  CHECK(escape_bytes("a\nb\tc") == "a\\x0ab\\x09c");
  CHECK(escape_bytes("\0"s) == "\\x00");
  CHECK(escape_bytes("\x7f") == "\\x7f");
  CHECK(escape_bytes("\x1b[31m") == "\\x1b[31m");
  CHECK(escape_bytes("\xff\xfe") == "\\xff\\xfe");
  CHECK(escape_bytes("\xc2\x85") == "\\xc2\\x85");           // U+0085, C1
  CHECK(escape_bytes("\xc2\xa0") == "\xc2\xa0");             // U+00A0 is no control
  CHECK(escape_bytes("\xe2\x80\xae") == "\\xe2\\x80\\xae");  // U+202E, right-to-left override
  CHECK(escape_bytes("\xe2\x81\xa9") == "\\xe2\\x81\\xa9");  // U+2069
  CHECK(escape_bytes("\xe2\x80\xa8") == "\\xe2\\x80\\xa8");  // U+2028
  CHECK(escape_bytes("\xe2\x80\x8e") == "\\xe2\\x80\\x8e");  // U+200E
  CHECK(escape_bytes("\xd8\x9c") == "\\xd8\\x9c");           // U+061C
  CHECK(escape_bytes("\xe2\x80\x94") == "\xe2\x80\x94");     // an em dash is harmless
}

TEST_CASE("UTF-8 is judged strictly") {
  for (const std::string bad :
       {"\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\x80", "\xe2\x82", "\xf0\x9f\x98", "\xc3"}) {
    INFO(escape_bytes(bad));
    CHECK_FALSE(is_valid_utf8(bad));
    CHECK_FALSE(utf8_at(bad, 0).valid);
    CHECK(escape_bytes(bad).size() == 4 * bad.size());
  }
  CHECK(escape_bytes("\xe2\x82z") == "\\xe2\\x82z");  // a cut character takes nothing of what follows
}

TEST_CASE("every code point is decoded to itself, surrogates to nothing") {
  for (char32_t code = 0; code <= 0x10ffff; ++code) {
    const std::string text = encode(code);
    const Utf8Char c = utf8_at(text, 0);
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    if (c.valid == surrogate || (c.valid && (c.code != code || c.length != text.size()))) {
      FAIL("code point " << static_cast<unsigned>(code));
    }
  }
}

TEST_CASE("escaping is reversible, injective and always gives clean UTF-8") {
  std::mt19937 random(7);
  std::map<std::string, std::string> origin;
  for (int i = 0; i < 100000; ++i) {
    const std::string bytes = random_bytes(random);
    const std::string text = escape_bytes(bytes);
    REQUIRE(is_valid_utf8(text));
    for (const char c : text) REQUIRE((static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
    const Result<std::string> back = unescape_bytes(text);
    REQUIRE(back.ok());
    REQUIRE(*back == bytes);
    const auto [entry, inserted] = origin.emplace(text, bytes);
    if (!inserted) REQUIRE(entry->second == bytes);
  }
}

TEST_CASE("text that is no escape of ours is refused with its place") {
  for (const char* text : {"\\", "ab\\", "\\x", "\\x4", "\\xg0", "\\x0g", "\\n", "\\X41", "ok\\\\\\"}) {
    INFO(text);
    CHECK_FALSE(unescape_bytes(text).ok());
  }
  CHECK(unescape_bytes("ab\\q").error().message == "bad escape at byte 2");
  CHECK(unescape_bytes("\\xAB").value() == "\xab");
}
