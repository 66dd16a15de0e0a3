#include "backends/strace/line.h"

#include "backends/strace/scan.h"
#include "core/model/errno_table.h"

#include <cstring>

namespace latimer::strace {
namespace {

constexpr std::string_view kUnfinished = " <unfinished ...>";
constexpr std::string_view kDetached = " <detached ...>";
constexpr std::string_view kPidChanged = " <pid changed to ";

// No call takes longer than ten years; what says so is no duration.
constexpr std::int64_t kLongestCall = std::int64_t{10} * 366 * 86'400 * 1'000'000'000;

bool is_name(char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_'; }

// Lines that have no leader at all.
std::optional<Ignored> leaderless(std::string_view line) {
  if (line.find_first_not_of(" \t") == std::string_view::npos) return Ignored{"blank"};
  if (line.starts_with(" > ")) return Ignored{"stack"};
  if (line.starts_with(" | ")) return Ignored{"dump"};
  if (line.starts_with("strace: ")) return Ignored{"message"};
  if (line.starts_with("% time") || line.starts_with("------ ") ||
      line.starts_with("System call usage summary")) {
    return Ignored{"summary"};
  }
  return std::nullopt;
}

// " <0.000012>": strace's usual form.
std::optional<std::int64_t> usual_duration(std::string_view text) {
  constexpr std::size_t kSize = 11;
  if (text.size() < kSize) return std::nullopt;
  const char* form = text.data() + text.size() - kSize;
  if (form[0] != ' ' || form[1] != '<' || !is_digit(form[2]) || form[3] != '.' || form[10] != '>')
    return std::nullopt;
  const Digits micro = digits_of(eight_bytes(form + 3) >> 8);  // without the point
  if (micro.count != 6) return std::nullopt;
  return (form[2] - '0') * std::int64_t{1'000'000'000} + static_cast<std::int64_t>(micro.value) * 1'000;
}

// Takes " <0.000005755>" off the end of `text`.
std::optional<std::int64_t> take_duration(std::string_view& text) {
  if (const auto usual = usual_duration(text)) {
    text.remove_suffix(11);
    return usual;
  }
  if (!text.ends_with('>')) return std::nullopt;
  std::size_t at = text.size() - 1;
  while (at > 0 && (is_digit(text[at - 1]) || text[at - 1] == '.')) --at;
  if (at < 2 || text[at - 1] != '<' || text[at - 2] != ' ') return std::nullopt;
  Cursor cursor{text.substr(0, text.size() - 1), at};
  const std::optional<std::int64_t> duration = scan_seconds(cursor);
  if (!duration || !cursor.done() || *duration > kLongestCall) return std::nullopt;
  text = text.substr(0, at - 2);
  return duration;
}

std::string_view scan_error_name(Cursor& cursor) {
  const std::size_t start = cursor.at;
  while (cursor.peek() == '_' || is_digit(cursor.peek()) || (cursor.peek() >= 'A' && cursor.peek() <= 'Z'))
    ++cursor.at;
  return cursor.text.substr(start, cursor.at - start);
}

// Behind "-1 ": an errno's name, or "(errno 4000)". False: neither.
bool scan_error(Cursor& cursor, Record& record) {
  if (cursor.skip("(errno ")) {
    const auto number = scan_unsigned(cursor, kMaxErrno);
    if (!number || !cursor.skip(")")) return false;
    record.error = static_cast<std::int32_t>(*number);
    return true;
  }
  if (cursor.peek() != 'E') return false;
  record.error_name = scan_error_name(cursor);
  record.error = errno_number(record.error_name).value_or(0);
  return record.error_name.size() > 1;
}

// Behind "= ", the duration taken off: `? ERESTARTSYS (...)`, `-1 ENOENT (...)`, `0x7f..`, `6</etc/passwd>`,
// `1 ([{fd=3}])` ...
const char* scan_result(Cursor& cursor, Record& record) {
  record.injected = cursor.text.ends_with(')') && cursor.rest().find(" (INJECTED") != std::string_view::npos;
  if (cursor.peek() == '?') {
    ++cursor.at;
    if (cursor.done()) {
      record.outcome = Outcome::never;
    } else if (cursor.skip(" <unavailable>")) {
      record.outcome = Outcome::unavailable;
    } else if (cursor.skip(" E")) {
      --cursor.at;
      record.outcome = Outcome::restart;
      record.error_name = scan_error_name(cursor);
      record.error = errno_number(record.error_name).value_or(0);
      if (!is_restart_errno(record.error)) return "unknown kind of restart";
    } else {
      return "unknown result";
    }
    return nullptr;
  }
  const auto value = scan_value(cursor);
  if (!value) return "no result";
  record.outcome = Outcome::returned;
  record.value = *value;
  if (cursor.peek() == '<' && !scan_annotation(cursor)) return "no end of the annotation";
  if (cursor.done()) return nullptr;
  if (cursor.peek() != ' ') return "unknown result";
  ++cursor.at;
  if (record.value == -1 && scan_error(cursor, record)) {
    record.outcome = Outcome::failed;
    return cursor.text.ends_with('>') ? "bad duration" : nullptr;
  }
  // "(Timeout)", "(INJECTED)", "/* 11586 in strace's PID NS */"
  if (cursor.peek() == '(' || cursor.rest().starts_with("/*"))
    return cursor.text.ends_with('>') ? "bad duration" : nullptr;
  return cursor.peek() == '<' ? "bad duration" : "unknown result";
}

void clear_result(Record& record) {
  record.outcome = Outcome::none;
  record.value.reset();
  record.error = 0;
  record.error_name = {};
  record.injected = false;
}

// "execve(... <pid changed to 13504 ...>": the end of a thread's own file (-ff) when it executes a program
// and goes on as its process's leader. 0: no such end.
std::int32_t changed_pid(std::string_view text) {
  constexpr std::string_view kEnd = " ...>";
  if (!text.ends_with(kEnd)) return 0;
  const std::size_t at = text.rfind(kPidChanged);
  if (at == std::string_view::npos) return 0;
  Cursor cursor{text.substr(0, text.size() - kEnd.size()), at + kPidChanged.size()};
  const auto tid = scan_unsigned(cursor, kMaxTid);
  return tid && cursor.done() ? static_cast<std::int32_t>(*tid) : 0;
}

// Finds the end of the arguments from the end of the line, which does not take longer when they are long: the
// last ")" with "= " behind it. What stands between must look like arguments, and what stands behind it must
// be a result to its last byte; a path with ") = 3" in it, behind a descriptor that is returned, is neither.
// False: look at every byte. `line`: as it was before the duration was taken off.
bool scan_from_end(Cursor& cursor, std::string_view line, Record& record) {
  const std::string_view text = cursor.text;
  std::size_t end = text.size();
  for (int tries = 0; tries < 4; ++tries) {
    const auto* sign = static_cast<const char*>(::memrchr(text.data() + cursor.at, '=', end - cursor.at));
    if (sign == nullptr) return false;
    end = static_cast<std::size_t>(sign - text.data());
    if (end + 1 >= text.size() || text[end + 1] != ' ') continue;
    const std::size_t close = begin_of_blanks(text, cursor.at, end);
    if (close == end || close == cursor.at || text[close - 1] != ')') continue;
    if (!seems_whole(line, cursor.at, close - 1)) return false;
    Cursor result{text, end + 2};
    if (scan_result(result, record) != nullptr) return false;
    if (record.outcome == Outcome::returned && text.find('>', result.at) != std::string_view::npos)
      return false;
    record.args = text.substr(cursor.at, close - 1 - cursor.at);
    cursor.at = text.size();
    return true;
  }
  return false;
}

// From inside the parentheses on.
const char* scan_call_rest(Cursor& cursor, Record& record) {
  const std::size_t start = cursor.at;
  const std::size_t size = cursor.text.size();
  if (size > start + 2 && cursor.text.back() == '>' && is_digit(cursor.text[size - 2])) {
    const std::string_view whole = cursor.text;
    record.duration_ns = take_duration(cursor.text);
    if (record.duration_ns && scan_from_end(cursor, whole, record)) return nullptr;
    cursor.text = whole;
    record.duration_ns.reset();
    clear_result(record);
  }
  for (const auto& [mark, detached] : {std::pair{kUnfinished, false}, std::pair{kDetached, true}}) {
    if (!cursor.rest().ends_with(mark)) continue;
    if (record.kind == RecordKind::resumed) return "ends without a result";
    record.kind = RecordKind::entered;
    record.detached = detached;
    record.args = cursor.text.substr(start, cursor.text.size() - mark.size() - start);
    return nullptr;
  }
  if (const std::int32_t tid = changed_pid(cursor.rest()); tid != 0 && record.kind == RecordKind::call) {
    record.kind = RecordKind::entered;
    record.other = tid;
    record.args = cursor.text.substr(start, cursor.text.rfind(kPidChanged) - start);
    return nullptr;
  }
  record.duration_ns = take_duration(cursor.text);
  if (!scan_to_close(cursor)) return "no end of the arguments";
  record.args = cursor.text.substr(start, cursor.at - start);
  ++cursor.at;
  const std::size_t blanks = cursor.at;
  cursor.skip_blanks();
  if (cursor.at == blanks || !cursor.skip("= ")) return "no result";
  return scan_result(cursor, record);
}

bool scan_name(Cursor& cursor, Record& record) {
  const std::size_t start = cursor.at;
  cursor.at = end_of_name(cursor.text, start);
  if (cursor.at == start) (void)cursor.skip("???");
  record.name = cursor.text.substr(start, cursor.at - start);
  return !record.name.empty() && cursor.skip("(");
}

const char* scan_call(Cursor& cursor, Record& record) {
  if (!scan_name(cursor, record)) return "no system call";
  record.kind = RecordKind::call;
  return scan_call_rest(cursor, record);
}

// Behind "<... ".
const char* scan_resumed(Cursor& cursor, Record& record) {
  const std::size_t start = cursor.at;
  while (!cursor.done() && cursor.peek() != ' ') ++cursor.at;
  record.name = cursor.text.substr(start, cursor.at - start);
  if (record.name.empty() || !cursor.skip(" resumed>")) return "no name of the resumed call";
  record.kind = RecordKind::resumed;
  return scan_call_rest(cursor, record);
}

// Behind "+++ ".
const char* scan_task_end(Cursor& cursor, Record& record) {
  if (!cursor.text.ends_with(" +++")) return "no end of the event";
  if (cursor.skip("exited with ")) {
    const auto status = scan_unsigned(cursor, 255);
    if (!status) return "no exit status";
    record.kind = RecordKind::exited;
    record.other = static_cast<std::int32_t>(*status);
    return nullptr;
  }
  if (cursor.skip("killed by ")) {
    record.kind = RecordKind::killed;
    const std::string_view rest = cursor.rest();
    record.other = signal_number(rest.substr(0, rest.find(' ')));
    record.core_dumped = rest.find("(core dumped)") != std::string_view::npos;
    return nullptr;
  }
  if (cursor.skip("superseded by execve in pid ")) {
    const auto tid = scan_unsigned(cursor, kMaxTid);
    if (!tid) return "no thread id";
    record.kind = RecordKind::superseded;
    record.other = static_cast<std::int32_t>(*tid);
    return nullptr;
  }
  return "unknown event";
}

// Behind "--- ".
const char* scan_signal(Cursor& cursor, Record& record) {
  if (!cursor.text.ends_with(" ---")) return "no end of the event";
  record.kind = cursor.skip("stopped by ") ? RecordKind::stopped : RecordKind::signal;
  const std::string_view rest = cursor.rest();
  record.other = signal_number(rest.substr(0, rest.find(' ')));
  return nullptr;
}

// Behind "[ Process PID=".
const char* scan_personality(Cursor& cursor, Record& record) {
  if (!scan_unsigned(cursor, kMaxTid) || !cursor.skip(" runs in ")) return "unknown event";
  const std::size_t end = cursor.text.find(" mode. ]", cursor.at);
  if (end == std::string_view::npos) return "no end of the event";
  record.kind = RecordKind::personality;
  record.mode = cursor.text.substr(cursor.at, end - cursor.at);
  return nullptr;
}

const char* scan_body(Cursor& cursor, Record& record) {
  if (is_name(cursor.peek())) return scan_call(cursor, record);
  if (cursor.skip("<... ")) return scan_resumed(cursor, record);
  if (cursor.skip("+++ ")) return scan_task_end(cursor, record);
  if (cursor.skip("--- ")) return scan_signal(cursor, record);
  if (cursor.skip("[ Process PID=")) return scan_personality(cursor, record);
  return scan_call(cursor, record);
}

}  // namespace

Parsed parse_line(std::string_view line, const Layout& layout) {
  Parsed parsed;
  parse_line(line, layout, parsed);
  return parsed;
}

void parse_line(std::string_view line, const Layout& layout, Parsed& parsed) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  const char first = line.empty() ? ' ' : line.front();
  if (!is_digit(first) || first == '%') {
    if (const std::optional<Ignored> ignored = leaderless(line)) {
      parsed = *ignored;
      return;
    }
  }
  Record& record = parsed.emplace<Record>();
  Cursor cursor{line, 0};
  const char* reason = scan_leader(cursor, layout, record);
  if (reason == nullptr) reason = scan_body(cursor, record);
  if (reason != nullptr) parsed = Rejected{reason, cursor.at};
}

std::optional<Record> parse_open_call(std::string_view line, const Layout& layout) {
  Record record;
  Cursor cursor{line, 0};
  if (scan_leader(cursor, layout, record) != nullptr || !scan_name(cursor, record)) return std::nullopt;
  record.kind = RecordKind::entered;
  record.args = cursor.rest();
  Cursor rest = cursor;
  if (scan_to_close(rest)) return std::nullopt;  // it has returned already
  return record;
}

}  // namespace latimer::strace
