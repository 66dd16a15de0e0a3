#include "core/model/c_string.h"

namespace latimer {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_octal(char c) { return c >= '0' && c <= '7'; }

// The byte that the digits from `at` on stand for; moves behind them.
char octal_byte(std::string_view text, std::size_t& at) {
  unsigned value = 0;
  for (int digits = 0; digits < 3 && at < text.size() && is_octal(text[at]); ++digits, ++at)
    value = value * 8 + static_cast<unsigned>(text[at] - '0');
  return static_cast<char>(value);
}

char hex_byte(std::string_view text, std::size_t& at) {
  int value = 0;
  for (int digits = 0; digits < 2 && at < text.size() && hex_digit(text[at]) >= 0; ++digits, ++at)
    value = value * 16 + hex_digit(text[at]);
  return static_cast<char>(value);
}

}  // namespace

std::string unescape_c(std::string_view text) {
  constexpr std::string_view kLetters = "abfnrtv\\\"'";
  constexpr std::string_view kBytes = "\a\b\f\n\r\t\v\\\"'";
  std::string result;
  result.reserve(text.size());
  std::size_t at = 0;
  while (at < text.size()) {
    const char c = text[at++];
    const bool escape = c == '\\' && at < text.size();
    const std::size_t known = escape ? kLetters.find(text[at]) : std::string_view::npos;
    if (escape && is_octal(text[at])) {
      result.push_back(octal_byte(text, at));
    } else if (escape && text[at] == 'x' && at + 1 < text.size() && hex_digit(text[at + 1]) >= 0) {
      ++at;
      result.push_back(hex_byte(text, at));
    } else if (known != std::string_view::npos) {
      result.push_back(kBytes[known]);
      ++at;
    } else {
      result.push_back(c);
    }
  }
  return result;
}

void append_c_string(std::string& to, std::string_view bytes) {
  to.push_back('"');
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"':
      case '\\':
        to.push_back('\\');
        to.push_back(c);
        break;
      case '\n':
        to.append("\\n");
        break;
      case '\r':
        to.append("\\r");
        break;
      case '\t':
        to.append("\\t");
        break;
      default:
        if (byte >= 0x20 && byte < 0x7f) {
          to.push_back(c);
        } else {
          to.push_back('\\');
          to.push_back(static_cast<char>('0' + (byte >> 6)));
          to.push_back(static_cast<char>('0' + ((byte >> 3) & 7)));
          to.push_back(static_cast<char>('0' + (byte & 7)));
        }
    }
  }
  to.push_back('"');
}

}  // namespace latimer
