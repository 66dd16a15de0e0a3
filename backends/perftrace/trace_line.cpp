#include "backends/perftrace/trace_line.h"

#include <algorithm>
#include <charconv>

#include "core/model/errno_table.h"

namespace latimer::perftrace {
namespace {

constexpr std::string_view kContinued = " ... [continued]: ";
constexpr std::int64_t kMicrosecond = 1'000;
constexpr std::size_t kLongestComm = 14;  // perf cuts it

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool skip(std::string_view& text, std::string_view token) {
  if (!text.starts_with(token)) return false;
  text.remove_prefix(token.size());
  return true;
}

bool skip_blanks(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_not_of(' '), text.size());
  text.remove_prefix(end);
  return end > 0;
}

void skip_colour(std::string_view& text) {
  if (!text.starts_with("\x1b[")) return;
  const std::size_t end = text.find('m');
  if (end != std::string_view::npos) text.remove_prefix(end + 1);
}

template <typename Number>
bool take(std::string_view& text, Number& number, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

// "10.107": milliseconds of three decimals.
enum class Taken : std::uint8_t { nothing, time, too_large };
Taken take_ms(std::string_view& text, std::int64_t& ns) {
  std::uint64_t whole = 0;
  unsigned fraction = 0;
  if (text.empty() || !is_digit(text.front()) || !take(text, whole) || !skip(text, ".") || text.size() < 3)
    return Taken::nothing;
  std::string_view digits = text.substr(0, 3);
  if (!is_digit(digits.front()) || !take(digits, fraction) || !digits.empty()) return Taken::nothing;
  text.remove_prefix(3);
  constexpr std::uint64_t kMost = 9'000'000'000'000;  // of ns in 63 bits
  if (whole > kMost) return Taken::too_large;
  ns = static_cast<std::int64_t>(whole) * 1'000 * kMicrosecond +
       static_cast<std::int64_t>(fraction) * kMicrosecond;
  return Taken::time;
}

// "(10.107 ms): " or "(         ): ".
bool take_duration(std::string_view& text, TraceRecord& record) {
  if (!skip(text, "(")) return false;
  skip_colour(text);
  const bool blanks = skip_blanks(text);
  std::int64_t ns = 0;
  std::string_view probe = text;
  const Taken taken = take_ms(probe, ns);
  if (taken == Taken::nothing) return blanks && skip(text, "): ");
  if (!skip(probe, " ms")) return false;
  skip_colour(probe);
  if (!skip(probe, "): ")) return false;
  text = probe;
  if (taken == Taken::time) record.duration_ns = ns;
  record.backwards = taken == Taken::too_large;
  return true;
}

// Where a time stamp could begin that ends at `end`.
std::size_t begin_of_stamp(std::string_view line, std::size_t end) {
  if (end > 0 && line[end - 1] == '?') return end - 1;
  std::size_t begin = end;
  while (begin > 0 && (is_digit(line[begin - 1]) || line[begin - 1] == '.')) --begin;
  return begin;
}

// "   3.818 (10.107 ms): ". Moves behind it.
bool take_head_here(std::string_view& line, TraceRecord& record) {
  std::string_view rest = line;
  skip_colour(rest);  // the end of that of the line before
  skip_blanks(rest);
  std::int64_t start = 0;
  const bool unknown = skip(rest, "?");
  if (!unknown && take_ms(rest, start) != Taken::time) return false;
  TraceRecord found;
  if (!skip(rest, " ") || !take_duration(rest, found)) return false;
  record = found;
  if (!unknown) record.start_ns = start;
  line = rest;
  return true;
}

// At the beginning or behind what the program itself wrote.
bool take_head(std::string_view& line, TraceRecord& record) {
  if (take_head_here(line, record)) return true;
  for (std::size_t open = 0; (open = line.find(" (", open)) != std::string_view::npos; ++open) {
    std::string_view rest = line.substr(begin_of_stamp(line, open));
    if (!take_head_here(rest, record)) continue;
    line = rest;
    return true;
  }
  return false;
}

// "read(", in front of its arguments. What is no call: a tracepoint ("sched:sched_switch("), a page fault.
enum class Next : std::uint8_t { call, event, fault, nothing };
Next what_follows(std::string_view text) {
  if (text.starts_with(kContinued)) text.remove_prefix(kContinued.size());
  if (text.starts_with("minfault [") || text.starts_with("majfault [")) return Next::fault;
  std::size_t end = 0;
  while (end < text.size() && is_name(text[end])) ++end;
  if (end == 0 || end == text.size()) return Next::nothing;
  if (text[end] == '(') return Next::call;
  if (text[end] != ':') return Next::nothing;
  const std::size_t open =
      text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", end + 1);
  return open != std::string_view::npos && text[open] == '(' ? Next::event : Next::nothing;
}

// "true/27430 ", "27430 " or nothing. The name may hold digits and slashes; so may the paths behind it.
Next take_task(std::string_view& text, TraceRecord& record) {
  const std::string_view name = text.substr(0, kLongestComm + 1);
  for (std::size_t slash = 0; (slash = name.find('/', slash)) != std::string_view::npos; ++slash) {
    std::string_view rest = text.substr(slash + 1);
    std::int32_t tid = 0;
    if (rest.empty() || !is_digit(rest.front()) || !take(rest, tid) || !skip(rest, " ")) continue;
    const Next next = what_follows(rest);
    if (next == Next::nothing) continue;
    record.comm = text.substr(0, slash);
    record.tid = tid;
    text = rest;
    return next;
  }
  std::string_view rest = text;
  std::int32_t tid = 0;
  if (!rest.empty() && is_digit(rest.front()) && take(rest, tid) && skip(rest, " ") &&
      what_follows(rest) != Next::nothing) {
    record.tid = tid;
    text = rest;
  }
  return what_follows(text);
}

// "-1 ENOENT (No such file or directory)", behind "= ".
const char* take_error(std::string_view text, TraceRecord& record) {
  record.returned = TraceReturn::error;
  if (text.starts_with("(unknown)")) {
    const bool number = skip(text, "(unknown) (INTERNAL ERROR: strerror_r(") && take(text, record.error);
    return number && record.error > 0 && record.error <= kMaxErrno ? nullptr : "an error without a number";
  }
  std::size_t end = 0;
  while (end < text.size() && is_name(text[end])) ++end;
  const std::optional<int> number = errno_number(text.substr(0, end));
  if (!number) return "an error of an unknown name";
  record.error = *number;
  return nullptr;
}

// `text`: without blanks at its end.
constexpr const char* kCutPath = "a path without an end";
const char* take_return(std::string_view text, TraceRecord& record) {
  record.value = 0;
  record.error = 0;
  record.returned = TraceReturn::unknown;
  if (text.empty()) return nullptr;
  record.returned = TraceReturn::never;
  if (text == "?") return nullptr;
  if (skip(text, "-1 ")) return take_error(text, record);
  if (std::all_of(text.begin(), text.end(), [](char c) { return is_name(c) || c == '|'; }) &&
      !is_digit(text.front())) {
    record.returned = TraceReturn::unknown;
    return nullptr;
  }
  record.returned = TraceReturn::value;
  const bool hexadecimal = skip(text, "0x");
  if (hexadecimal) {
    std::uint64_t value = 0;
    if (!take(text, value, 16)) return "no return value";
    record.value = static_cast<std::int64_t>(value);
  } else if (!take(text, record.value)) {
    return "no return value";
  }
  // "10</dev/null>": a descriptor
  if (text.starts_with('<')) return text.ends_with('>') ? nullptr : kCutPath;
  return text.empty() || text.starts_with(" (") ? nullptr : "no return value";
}

// The ")" before `before` that has an "=" behind it, blanks between, and what follows that.
struct Ending {
  std::size_t close = std::string_view::npos;  // npos: there is none
  std::string_view value;
};
Ending find_ending(std::string_view text, std::size_t before) {
  while (before > 0) {
    const std::size_t close = text.rfind(')', before - 1);
    if (close == std::string_view::npos) break;
    std::string_view rest = text.substr(close + 1);
    if (skip_blanks(rest) && skip(rest, "=") && (rest.empty() || skip(rest, " "))) return {close, rest};
    before = close;
  }
  return {};
}

// "...)   ...": it has only been entered. A path in it may look like an end.
bool is_entered(std::string_view& body) {
  std::string_view text = body;
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (!text.ends_with(" ...")) return false;
  text.remove_suffix(4);
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (!text.ends_with(')')) return false;
  text.remove_suffix(1);
  body = text;
  return true;
}

TraceParsed take_call(std::string_view text, TraceRecord record, std::size_t column) {
  const bool continued = skip(text, kContinued);
  const std::size_t open = text.find('(');
  record.name = text.substr(0, open);
  std::string_view body = text.substr(open + 1);
  if (!continued && is_entered(body)) {
    record.kind = TraceKind::entered;
    record.args = body;
    return record;
  }
  record.kind = continued ? TraceKind::continued : TraceKind::whole;
  while (body.ends_with(' ')) body.remove_suffix(1);
  // The last that makes sense: paths may look like one, and so may a task's name behind a number.
  const char* reason = nullptr;
  for (Ending ending = find_ending(body, body.size()); ending.close != std::string_view::npos;
       ending = find_ending(body, ending.close)) {
    const char* why = take_return(ending.value, record);
    if (why == nullptr) {
      if (!continued) record.args = body.substr(0, ending.close);
      return record;
    }
    if (reason == nullptr) reason = why;
  }
  if (reason != nullptr && reason != kCutPath) return TraceRejected{reason, column};
  return TraceIncomplete{};
}

// "LOST 1324 events!"
std::optional<TraceLost> take_lost(std::string_view line) {
  TraceLost lost;
  skip_colour(line);
  if (skip(line, "LOST ") && take(line, lost.count) && line == " events!") return lost;
  return std::nullopt;
}

// Lines without a head.
std::optional<TraceIgnored> no_record(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return TraceIgnored{"blank"};
  const std::string_view text = line.substr(begin);
  if (text.starts_with("Summary of events:") || text.starts_with("syscall            calls") ||
      text.starts_with("(msec)") || text.starts_with("-----"))
    return TraceIgnored{"summary"};
  if (text.starts_with("raw_syscalls:sys_e")) return TraceIgnored{"sample"};
  // " gcc (29186), 378 events, 6.5%" and "   newfstatat   68  33  1.524 0.018 0.022 0.074  4.42%"
  if (begin > 0 && (text.ends_with('%') || text.find(" events, ") != std::string_view::npos))
    return TraceIgnored{"summary"};
  if (line.starts_with("\t\t\t\t")) return TraceIgnored{"summary"};  // errors of a call
  if (begin >= 30 && text.ends_with(')')) return TraceIgnored{"stack"};
  return std::nullopt;
}

// "   0.044 cat/5245 syscalls:sys_exit_openat(...)": tracepoints alone have no duration.
bool is_bare_event(std::string_view line) {
  skip_blanks(line);
  std::int64_t start = 0;
  TraceRecord record;
  return take_ms(line, start) == Taken::time && skip(line, " ") && take_task(line, record) == Next::event;
}

}  // namespace

TraceParsed parse_trace_line(std::string_view line) {
  if (const auto lost = take_lost(line)) return *lost;
  TraceRecord record;
  std::string_view text = line;
  if (!take_head(text, record)) {
    if (const auto ignored = no_record(line)) return *ignored;
    if (is_bare_event(line)) return TraceIgnored{"other event"};
    return TraceRejected{"no record of perf trace", 0};
  }
  const std::size_t column = line.size() - text.size();
  switch (take_task(text, record)) {
    case Next::call:
      return take_call(text, record, column);
    case Next::event:
      return TraceIgnored{"other event"};
    case Next::fault:
      return TraceIgnored{"page fault"};
    case Next::nothing:
      break;
  }
  return TraceIncomplete{};
}

}  // namespace latimer::perftrace
