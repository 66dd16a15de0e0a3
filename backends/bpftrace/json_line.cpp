#include "backends/bpftrace/json_line.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>

namespace latimer::bpftrace {
namespace {

constexpr std::string_view kBegin = "{\"type\": \"";
using Item = std::function<void(const Parsed&)>;

bool skip(std::string_view& text, std::string_view token) {
  if (!text.starts_with(token)) return false;
  text.remove_prefix(token.size());
  return true;
}

// Up to `end`, which is dropped.
bool take_until(std::string_view& text, std::string_view end, std::string_view& part) {
  const std::size_t at = text.find(end);
  if (at == std::string_view::npos) return false;
  part = text.substr(0, at);
  text.remove_prefix(at + end.size());
  return true;
}

void tell(const std::string& text, const Item& item) { item(parse_line(text)); }

// \u0001 and, because bpftrace takes bytes for signed numbers, \uffffffc3 (0.17, src/output.cpp).
bool take_number(std::string_view& text, std::string& to) {
  const std::size_t digits = text.starts_with("ffffff") ? 8 : 4;
  std::uint32_t value = 0;
  const char* const end = text.data() + std::min(digits, text.size());
  const auto [stop, error] = std::from_chars(text.data(), end, value, 16);
  if (text.size() < digits || error != std::errc{} || stop != end) return false;
  to += static_cast<char>(value);
  text.remove_prefix(digits);
  return true;
}

bool take_escape(std::string_view& text, std::string& to) {
  if (text.empty()) return false;
  const char what = text.front();
  text.remove_prefix(1);
  constexpr std::string_view kLetters = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
  if (const std::size_t at = kLetters.find(what); at != std::string_view::npos) {
    to += kMeanings[at];
    return true;
  }
  return what == 'u' && take_number(text, to);
}

// A string up to its end; `text` moves behind it.
bool take_string(std::string_view& text, std::string& to) {
  while (true) {
    const std::size_t at = text.find_first_of("\"\\");
    if (at == std::string_view::npos) return false;
    to += text.substr(0, at);
    const bool end = text[at] == '"';
    text.remove_prefix(at + 1);
    if (end) return true;
    if (!take_escape(text, to)) return false;
  }
}

// The newline of printf() is written as an escape. Of the program's own words only paths have others.
bool words(std::string_view rest, const Item& item) {
  std::string_view text;
  if (!skip(rest, "\"")) return false;
  std::string_view plain = rest;
  if (take_until(plain, "\"", text) && plain == "}") {
    if (text.ends_with("\\n")) text.remove_suffix(2);
    if (text.find('\\') == std::string_view::npos) {
      item(parse_line(text));
      return true;
    }
  }
  std::string unescaped;
  if (!take_string(rest, unescaped) || rest != "}") return false;
  if (unescaped.ends_with('\n')) unescaped.pop_back();
  item(parse_line(unescaped));
  return true;
}

// `"5": [1,2], "6": [3,4]` of the map `name`, or `"5": 1`.
bool elements(std::string_view name, std::string_view rest, const Item& item) {
  while (!rest.empty()) {
    std::string_view key, value;
    if (!skip(rest, "\"") || !take_until(rest, "\": ", key)) return false;
    std::string text(name);
    (text += '[').append(key) += "]: ";
    if (skip(rest, "[")) {
      if (!take_until(rest, "]", value)) return false;
      text += '(';
      for (const char c : value) c == ',' ? text += ", " : text += c;
      text += ')';
    } else {
      value = rest.substr(0, rest.find(", \""));
      rest.remove_prefix(value.size());
      text += value;
    }
    tell(text, item);
    if (!rest.empty() && !skip(rest, ", ")) return false;
  }
  return true;
}

bool map(std::string_view rest, const Item& item) {
  std::string_view name;
  if (!skip(rest, "{\"") || !take_until(rest, "\": ", name) || !rest.ends_with("}}")) return false;
  if (!name.starts_with('@')) return false;
  rest.remove_suffix(2);
  if (!rest.starts_with('{')) {
    tell(std::string(name) + ": " + std::string(rest), item);
    return true;
  }
  if (!rest.ends_with('}')) return false;
  rest = rest.substr(1, rest.size() - 2);
  return elements(name, rest, item);
}

bool lost(std::string_view rest, const Item& item) {
  if (!skip(rest, "{\"events\": ") || !rest.ends_with("}}")) return false;
  rest.remove_suffix(2);
  tell("Lost " + std::string(rest) + " events", item);
  return true;
}

bool whole_line(std::string_view rest, const Item& item) {
  if (skip(rest, "printf\", \"data\": ") || skip(rest, "value\", \"data\": ")) return words(rest, item);
  if (skip(rest, "map\", \"data\": ")) return map(rest, item);
  if (skip(rest, "lost_events\", \"data\": ")) return lost(rest, item);
  if (skip(rest, "helper_error\", ")) {
    const bool full = rest.find("\"map_update_elem\", \"retcode\": -7,") != std::string_view::npos;
    item(full ? Parsed(MapFull{}) : Parsed(Ignored{"warning"}));
    return true;
  }
  if (!skip(rest, "attached_probes\"")) return false;
  item(Ignored{"bpftrace's own"});
  return true;
}

}  // namespace

bool is_json_line(std::string_view line) { return line.starts_with(kBegin); }

void parse_json_line(std::string_view line, const Item& item) {
  if (line.starts_with(kBegin) && whole_line(line.substr(kBegin.size()), item)) return;
  item(Rejected{"not of this format", 0});
}

}  // namespace latimer::bpftrace
