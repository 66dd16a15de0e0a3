#include "core/model/text_escape.h"

#include <fmt/format.h>

namespace latimer {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

bool is_unsafe(char32_t code) {
  if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return true;  // C0, DEL, C1
  if (code == U'\\') return true;
  if (code < 0x061c) return false;
  return code == 0x061c || code == 0x200e || code == 0x200f ||  // bidi marks
         code == 0x2028 || code == 0x2029 ||                    // line and paragraph separator
         (code >= 0x202a && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);  // embeddings, overrides, isolates
}

// Printable ASCII but for the backslash: nearly all text there is.
bool is_plain(char c) { return c >= 0x20 && c < 0x7f && c != '\\'; }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

// Unicode 15, table 3-7 (well-formed UTF-8 byte sequences): the first byte gives the length, and for four
// first bytes the second one's range is narrower, which shuts out overlong forms, surrogates and what is
// above U+10FFFF.
Utf8Char utf8_at(std::string_view text, std::size_t offset) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[offset + i]); };
  const unsigned first = byte(0);
  const Utf8Char invalid = {first, 1, false};
  if (first < 0x80) return {first, 1, true};
  if (first < 0xc2 || first > 0xf4) return invalid;
  const std::size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (text.size() - offset < length) return invalid;
  unsigned low = 0x80;
  unsigned high = 0xbf;
  if (first == 0xe0) low = 0xa0;
  if (first == 0xed) high = 0x9f;
  if (first == 0xf0) low = 0x90;
  if (first == 0xf4) high = 0x8f;
  char32_t code = first & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const unsigned next = byte(i);
    if (next < low || next > high) return invalid;
    low = 0x80;
    high = 0xbf;
    code = (code << 6) | (next & 0x3f);
  }
  return {code, length, true};
}

bool is_valid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const Utf8Char c = utf8_at(text, i);
    if (!c.valid) return false;
    i += c.length;
  }
  return true;
}

std::string escape_bytes(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size();) {
    if (is_plain(bytes[i])) {
      out += bytes[i++];
      continue;
    }
    if (bytes[i] == '\\') {
      out += "\\\\";
      ++i;
      continue;
    }
    const Utf8Char c = utf8_at(bytes, i);
    const std::string_view raw = bytes.substr(i, c.length);
    i += c.length;
    if (c.valid && !is_unsafe(c.code)) {
      out += raw;
      continue;
    }
    for (const char r : raw) {
      const auto value = static_cast<unsigned char>(r);
      out += "\\x";
      out += kHexDigits[value >> 4];
      out += kHexDigits[value & 0xf];
    }
  }
  return out;
}

Result<std::string> unescape_bytes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '\\') {
      out += text[i++];
      continue;
    }
    if (i + 1 < text.size() && text[i + 1] == '\\') {
      out += '\\';
      i += 2;
      continue;
    }
    const int high = i + 3 < text.size() && text[i + 1] == 'x' ? hex_value(text[i + 2]) : -1;
    const int low = high >= 0 ? hex_value(text[i + 3]) : -1;
    if (low < 0) {
      return Error{Errc::usage, fmt::format("bad escape at byte {}", i),
                   "a backslash is written \\\\, any other byte \\xNN with two hexadecimal digits"};
    }
    out += static_cast<char>(high * 16 + low);
    i += 4;
  }
  return out;
}

}  // namespace latimer
