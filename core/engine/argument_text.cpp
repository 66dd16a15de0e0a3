#include "core/engine/argument_text.h"

#include <charconv>

namespace latimer {
namespace {

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Behind the closing quote of the string that begins at `at`; the text's end if there is none.
std::size_t behind_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size();
}

// Behind the '>' that closes the annotation at `at`: of "PROTO:[...]" the one behind its brackets; else the
// first, around at most one nested pair ("</dev/null<char 1:3>>").
std::size_t behind_annotation(std::string_view text, std::size_t at) {
  std::size_t proto = ++at;
  while (proto < text.size() && (is_name_byte(text[proto]) || text[proto] == '-')) ++proto;
  if (proto > at && text.substr(proto).starts_with(":[")) {
    int depth = 0;
    for (std::size_t i = proto + 1; i < text.size();) {
      if (text[i] == '"') {
        i = behind_string(text, i);
        continue;
      }
      if (text[i] == '[') ++depth;
      if (text[i] == ']' && --depth == 0)
        return i + 1 < text.size() && text[i + 1] == '>' ? i + 2 : text.size();
      ++i;
    }
    return text.size();
  }
  int depth = 1;
  for (; at < text.size(); ++at) {
    if (text[at] == '<') ++depth;
    if (text[at] == '>' && --depth == 0) return at + 1;
  }
  return text.size();
}

// Whether the '<' at `at` opens an annotation: behind a number or CWD, and no shift (1<<CAP_CHOWN).
bool opens_annotation(std::string_view text, std::size_t at) {
  if (at == 0 || at + 1 >= text.size() || text[at + 1] == '<') return false;
  const char before = text[at - 1];
  return (before >= '0' && before <= '9') || before == 'D';
}

bool is_descriptor(std::string_view text) {
  return text == "AT_FDCWD" || text == "CWD" ||
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// Where the value begins in "fd: 3" or "fd=3"; 0: the item has no name.
std::size_t begin_of_value(std::string_view item, bool& named_by_perf) {
  std::size_t at = 0;
  while (at < item.size() && is_name_byte(item[at])) ++at;
  if (at == 0 || at >= item.size() || (item[0] >= '0' && item[0] <= '9')) return 0;
  if (item.substr(at).starts_with(": ")) {
    named_by_perf = true;
    return at + 2;
  }
  return item[at] == '=' && !item.substr(at).starts_with("=>") ? at + 1 : 0;
}

}  // namespace

std::size_t end_of_item(std::string_view text) {
  int depth = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    switch (text[at]) {
      case '"':
        at = behind_string(text, at);
        continue;
      case '/':
        if (text.substr(at).starts_with("/*")) {
          const std::size_t end = text.find("*/", at + 2);
          at = end == std::string_view::npos ? text.size() : end + 2;
          continue;
        }
        break;
      case '<':
        if (opens_annotation(text, at)) {
          at = behind_annotation(text, at);
          continue;
        }
        break;
      case '(':
      case '[':
      case '{':
        ++depth;
        break;
      case ')':
      case ']':
      case '}':
        --depth;
        break;
      case ',':
        if (depth <= 0) return at;
        break;
      default:
        break;
    }
    ++at;
  }
  return text.size();
}

ArgumentText split_annotation(std::string_view item) {
  const std::size_t open = item.find('<');
  if (open == std::string_view::npos || !opens_annotation(item, open) || !is_descriptor(item.substr(0, open)))
    return {item, {}};
  const std::size_t end = behind_annotation(item, open);
  if (end <= open + 1 || item[end - 1] != '>') return {item, {}};
  return {item.substr(0, open), item.substr(open + 1, end - open - 2)};
}

ArgumentTexts::ArgumentTexts(std::string_view text, const CallSpec& spec) {
  std::size_t next = 0;
  while (!text.empty() && next < kMostArguments) {
    const std::size_t end = end_of_item(text);
    take(trimmed(text.substr(0, end)), next, spec);
    text.remove_prefix(end < text.size() ? end + 1 : end);
  }
}

void ArgumentTexts::take(std::string_view item, std::size_t& next, const CallSpec& spec) {
  if (item.empty()) return;
  bool by_perf = false;
  const std::size_t value = begin_of_value(item, by_perf);
  std::size_t index = next;
  if (value != 0) {
    const int named = spec.find(item.substr(0, value - (by_perf ? 2 : 1)));
    // strace's names (-N) are mostly the kernel's, and in order anyway.
    if (named >= 0) index = static_cast<std::size_t>(named);
    if (by_perf) zeros_left_out_ = true;
    item.remove_prefix(value);
  }
  next = index + 1;
  if (index >= kMostArguments) return;
  texts_[index] = split_annotation(item);
  told_[index] = true;
}

std::optional<std::int64_t> parse_register(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  int base = 10;
  if (text.starts_with("0x")) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text.front() == '0') {
    base = 8;
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return static_cast<std::int64_t>(negative ? 0 - value : value);
}

bool has_word(std::string_view words, std::string_view name) {
  const auto is_it = [name](std::string_view word) {
    return word.ends_with(name) && (word.size() == name.size() || word[word.size() - name.size() - 1] == '_');
  };
  while (!words.empty()) {
    std::size_t end = 0;
    while (end < words.size() && is_name_byte(words[end])) ++end;
    if (is_it(words.substr(0, end))) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

}  // namespace latimer
