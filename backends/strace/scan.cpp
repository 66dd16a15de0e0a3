#include "backends/strace/scan.h"

#include <array>
#include <limits>

namespace latimer::strace {
namespace {

// Characters at which scan_to_close() has to think.
constexpr std::array<bool, 256> kSpecial = [] {
  std::array<bool, 256> table{};
  for (const unsigned char c : {'"', '(', ')', '<', '/'}) table[c] = true;
  return table;
}();

// Cursor on the opening quote; moves behind the closing one. strace escapes every quote and backslash inside.
bool scan_string(Cursor& cursor) {
  const std::string_view text = cursor.text;
  std::size_t at = cursor.at + 1;
  while (at < text.size()) {
    if (text[at] == '\\') {
      at += 2;
    } else if (text[at] == '"') {
      cursor.at = at + 1;
      return true;
    } else {
      ++at;
    }
  }
  return false;
}

// Behind "PROTO:[": moves behind the matching ']'.
bool scan_brackets(Cursor& cursor) {
  int depth = 1;
  while (!cursor.done()) {
    const char c = cursor.peek();
    if (c == '"') {
      if (!scan_string(cursor)) return false;
      continue;
    }
    ++cursor.at;
    if (c == '[') ++depth;
    if (c == ']' && --depth == 0) return true;
  }
  return false;
}

// Whether the '<' at the cursor opens an annotation: it follows a number or AT_FDCWD, and is not a shift
// (1<<CAP_CHOWN).
bool opens_annotation(const Cursor& cursor) {
  const char before = cursor.before();
  if (!is_digit(before) && before != 'D') return false;
  return cursor.at + 1 < cursor.text.size() && cursor.text[cursor.at + 1] != '<';
}

// Steps over a '<' that is no annotation: "<unfinished ...>" and "<... resuming interrupted read ...>" among
// the arguments.
void scan_marker(Cursor& cursor) {
  if (cursor.rest().starts_with("<unfinished ...>") || cursor.rest().starts_with("<... ")) {
    const std::size_t end = cursor.text.find('>', cursor.at);
    if (end != std::string_view::npos) {
      cursor.at = end + 1;
      return;
    }
  }
  ++cursor.at;
}

bool scan_comment(Cursor& cursor) {
  const std::size_t end = cursor.text.find("*/", cursor.at + 2);
  if (end == std::string_view::npos) return false;
  cursor.at = end + 2;
  return true;
}

}  // namespace

std::optional<std::uint64_t> scan_unsigned(Cursor& cursor, std::uint64_t limit) {
  std::uint64_t value = 0;
  const std::size_t start = cursor.at;
  while (is_digit(cursor.peek())) {
    const auto digit = static_cast<std::uint64_t>(cursor.peek() - '0');
    if (digit > limit || value > (limit - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
    ++cursor.at;
  }
  if (cursor.at == start) return std::nullopt;
  return value;
}

std::optional<std::int64_t> scan_seconds(Cursor& cursor) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max() / kSecond - 1;
  const std::optional<std::uint64_t> seconds = scan_unsigned(cursor, kMost);
  if (!seconds) return std::nullopt;
  std::int64_t fraction = 0;
  if (cursor.peek() == '.') {
    ++cursor.at;
    std::int64_t unit = kSecond / 10;
    const std::size_t start = cursor.at;
    for (; is_digit(cursor.peek()) && unit > 0; unit /= 10) {
      fraction += unit * (cursor.peek() - '0');
      ++cursor.at;
    }
    if (cursor.at == start || is_digit(cursor.peek())) return std::nullopt;
  }
  return static_cast<std::int64_t>(*seconds) * kSecond + fraction;
}

bool scan_annotation(Cursor& cursor) {
  ++cursor.at;
  // "PROTO:[...]>", where quotes count; else up to the first '>', around at most one nested "<char 1:3>".
  std::size_t proto = cursor.at;
  while (proto < cursor.text.size() && (is_digit(cursor.text[proto]) || cursor.text[proto] == '-' ||
                                        (cursor.text[proto] >= 'A' && cursor.text[proto] <= 'Z') ||
                                        (cursor.text[proto] >= 'a' && cursor.text[proto] <= 'z'))) {
    ++proto;
  }
  if (proto > cursor.at && cursor.text.substr(proto).starts_with(":[")) {
    cursor.at = proto + 2;
    if (!scan_brackets(cursor) || cursor.peek() != '>') return false;
    ++cursor.at;
  } else {
    int depth = 1;
    while (depth > 0) {
      if (cursor.done()) return false;
      const char c = cursor.peek();
      ++cursor.at;
      if (c == '<') ++depth;
      if (c == '>') --depth;
    }
  }
  (void)cursor.skip("(deleted)");
  return true;
}

bool scan_to_close(Cursor& cursor) {
  int depth = 1;
  const std::string_view text = cursor.text;
  for (;;) {
    std::size_t at = cursor.at;
    while (at < text.size() && !kSpecial[static_cast<unsigned char>(text[at])]) ++at;
    cursor.at = at;
    if (at >= text.size()) return false;
    switch (text[at]) {
      case '"':
        if (!scan_string(cursor)) return false;
        break;
      case '(':
        ++depth;
        ++cursor.at;
        break;
      case ')':
        if (--depth == 0) return true;
        ++cursor.at;
        break;
      case '/':
        if (at + 1 < text.size() && text[at + 1] == '*') {
          if (!scan_comment(cursor)) return false;
        } else {
          ++cursor.at;
        }
        break;
      default:
        if (opens_annotation(cursor)) {
          if (!scan_annotation(cursor)) return false;
        } else {
          scan_marker(cursor);
        }
    }
  }
}

std::optional<std::optional<std::int64_t>> scan_value(Cursor& cursor) {
  const bool negative = cursor.peek() == '-';
  const std::size_t digits = cursor.at + (negative ? 1 : 0);
  unsigned base = 10;
  std::size_t at = digits;
  if (cursor.text.substr(digits).starts_with("0x")) {
    base = 16;
    at += 2;
  } else if (cursor.text.substr(digits).starts_with("0")) {
    base = 8;
  }
  std::uint64_t value = 0;
  bool overflow = false;
  const std::size_t first = at;
  for (; at < cursor.text.size(); ++at) {
    const char c = cursor.text[at];
    unsigned digit = 99;
    if (is_digit(c)) digit = static_cast<unsigned>(c - '0');
    if (base == 16 && c >= 'a' && c <= 'f') digit = static_cast<unsigned>(c - 'a') + 10;
    if (digit >= base) break;
    overflow = overflow || value > (std::numeric_limits<std::uint64_t>::max() - digit) / base;
    value = value * base + digit;
  }
  if (at == first) return std::nullopt;
  cursor.at = at;
  if (overflow || (negative && value > std::uint64_t{1} << 63)) return std::optional<std::int64_t>();
  return std::optional<std::int64_t>(static_cast<std::int64_t>(negative ? 0 - value : value));
}

}  // namespace latimer::strace
