#include "backends/bpftrace/json_line.h"

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

// None of the program's own words needs an escape; the newline of printf() is written as one.
bool words(std::string_view rest, const Item& item) {
  std::string_view text;
  if (!skip(rest, "\"") || !take_until(rest, "\"", text) || rest != "}") return false;
  if (text.ends_with("\\n")) text.remove_suffix(2);
  if (text.find('\\') != std::string_view::npos) return false;
  item(parse_line(text));
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
