#include "backends/bpftrace/line.h"

#include <charconv>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

namespace latimer::bpftrace {
namespace {

bool skip(std::string_view& text, std::string_view token) {
  if (!text.starts_with(token)) return false;
  text.remove_prefix(token.size());
  return true;
}

// A whole number; false: there is none, or it does not fit. Moves behind it.
template <typename Number>
bool take(std::string_view& text, Number& number, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

template <typename Number>
bool take_field(std::string_view& text, Number& number) {
  return skip(text, " ") && take(text, number);
}

std::optional<CallKind> kind_of(char letter) {
  switch (letter) {
    case 'c':
      return CallKind::completed;
    case 'r':
      return CallKind::refused;
    case 'a':
      return CallKind::began_before;
    case 'b':
      return CallKind::child_return;
    case 'd':
      return CallKind::died_inside;
    case 'l':
      return CallKind::exit_lost;
    default:
      return std::nullopt;
  }
}

// Sixteen bytes, "6c 73 00 ..."; earlier programs printed two words, the first byte lowest.
bool take_name(std::string_view& text, std::array<char, 16>& comm) {
  if (text.size() >= 3 * comm.size()) {
    for (char& byte : comm) {
      std::uint8_t value = 0;
      if (!skip(text, " ") || !take(text, value, 16)) return false;
      byte = static_cast<char>(value);
    }
    comm.back() = '\0';
    return true;
  }
  for (std::size_t at = 0; at < comm.size(); at += 8) {
    std::uint64_t word = 0;
    if (!skip(text, " ") || !take(text, word, 16)) return false;
    for (std::size_t byte = 0; byte < 8; ++byte) comm[at + byte] = static_cast<char>(word >> (8 * byte));
  }
  comm.back() = '\0';
  return true;
}

// " 3 7ffc5d 400 0 0 0", and perhaps " /etc/passwd".
bool take_arguments(std::string_view& text, CallRecord& record) {
  record.has_args = true;
  for (std::uint64_t& argument : record.args)
    if (!skip(text, " ") || !take(text, argument, 16)) return false;
  if (text.empty()) return true;
  record.has_path = skip(text, " ");
  record.path = std::exchange(text, {});
  return record.has_path;
}

Parsed parse_birth(std::string_view line) {
  Birth birth;
  std::string_view rest = line.substr(1);
  const bool whole = take_field(rest, birth.time_ns) && take_field(rest, birth.parent) &&
                     take_field(rest, birth.child) && skip(rest, " ") && take(rest, birth.flags, 16) &&
                     rest.empty() && birth.time_ns >= 0 && birth.parent >= 0 && birth.child > 0;
  if (whole) return birth;
  return Rejected{"no such record", line.size() - rest.size()};
}

Parsed parse_record(std::string_view line, CallKind kind) {
  CallRecord record;
  record.kind = kind;
  std::string_view rest = line.substr(1);
  const auto stopped = [&rest, &line](std::string_view reason) {
    return Rejected{reason, line.size() - rest.size()};
  };
  std::int64_t number = 0, flags = 0;
  if (!take_field(rest, record.start_ns) || !take_field(rest, record.duration_ns) ||
      !take_field(rest, record.pid) || !take_field(rest, record.tid) || !take_field(rest, number) ||
      !take_field(rest, flags) || !take_field(rest, record.value))
    return stopped("no such record");
  constexpr std::int64_t kLongest = std::numeric_limits<std::int64_t>::max() / 4;
  const bool sane = record.start_ns >= 0 && record.start_ns <= kLongest && record.duration_ns >= 0 &&
                    record.duration_ns <= kLongest && record.pid >= 0 && record.tid >= 0;
  if (!sane || number < INT32_MIN || number > INT32_MAX || flags < 0 || flags > 1)
    return stopped("no such record");
  record.number = static_cast<std::int32_t>(number);
  record.compat = flags == 1;
  if (!rest.empty()) {
    record.named = true;
    if (!take_name(rest, record.comm)) return stopped("no such record");
    if (!rest.empty() && (!take_arguments(rest, record) || !rest.empty())) return stopped("no such record");
  }
  return record;
}

Parsed parse_tuple(std::string_view line, std::string_view rest, MapElement element, std::size_t values) {
  bool whole = skip(rest, "[") && take(rest, element.key) && skip(rest, "]: (");
  for (std::size_t i = 0; whole && i < values; ++i)
    whole = (i == 0 || skip(rest, ", ")) && take(rest, element.values[i]);
  if (whole && rest == ")") return element;
  return Rejected{"no such map element", line.size() - rest.size()};
}

Parsed parse_map(std::string_view line) {
  std::string_view rest = line;
  MapElement element;
  if (skip(rest, "@s")) return parse_tuple(line, rest, element, 4);
  if (skip(rest, "@cut")) {
    element.map = MapName::cut;
    return parse_tuple(line, rest, element, 2);
  }
  const bool watched = skip(rest, "@w[");
  if (watched) {
    element.map = MapName::watched;
    if (take(rest, element.key) && rest == "]: 1") return element;
  } else if (skip(rest, "@enters: ") || skip(rest, "@exits: ")) {
    element.map = line.starts_with("@enters") ? MapName::enters : MapName::exits;
    if (take(rest, element.values[0]) && rest.empty() && element.values[0] >= 0) return element;
  } else {
    return Ignored{"other map"};
  }
  return Rejected{"no such map element", line.size() - rest.size()};
}

// Helpers that fail in the kernel; bpftrace shows the place in the program in two more lines.
std::optional<Parsed> parse_warning(std::string_view line) {
  const std::size_t at = line.find(": WARNING: Failed to ");
  if (at == std::string_view::npos) return std::nullopt;
  if (line.find("map_update_elem", at) != std::string_view::npos && line.ends_with("(-7)")) return MapFull{};
  return Ignored{"warning"};
}

Parsed parse_mark(std::string_view line, std::string_view rest, MarkKind kind) {
  Mark mark{kind, 0};
  if (take(rest, mark.time_ns) && rest.empty() && mark.time_ns >= 0) return mark;
  return Rejected{"no such mark", line.size() - rest.size()};
}

}  // namespace

Parsed parse_line(std::string_view line) {
  if (line.empty()) return Ignored{"blank"};
  if (line.size() > 2 && line[1] == ' ')
    if (const std::optional<CallKind> kind = kind_of(line[0])) return parse_record(line, *kind);
  if (line.starts_with("f ")) return parse_birth(line);
  if (line == "tick") return Mark{MarkKind::tick, 0};
  if (line[0] == '@') return parse_map(line);
  std::string_view rest = line;
  if (skip(rest, "begun ")) return parse_mark(line, rest, MarkKind::begun);
  if (skip(rest, "over ")) return parse_mark(line, rest, MarkKind::over);
  if (line == kHeader) return Mark{MarkKind::header, 0};
  if (skip(rest, "Lost ")) {
    LostEvents lost;
    if (take(rest, lost.count) && rest == " events") return lost;
    return Rejected{"no such loss", line.size() - rest.size()};
  }
  if (const std::optional<Parsed> warning = parse_warning(line)) return *warning;
  if (line.starts_with("Attaching ") && line.ends_with(" probes...")) return Ignored{"bpftrace's own"};
  // The part of the program that a warning is about, and a mark below it.
  if (line.starts_with("  ")) return Ignored{"warning"};
  return Rejected{"not of this format", 0};
}

}  // namespace latimer::bpftrace
