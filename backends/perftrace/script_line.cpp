#include "backends/perftrace/script_line.h"

#include <charconv>

namespace latimer::perftrace {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Whole numbers of some base; false: there is none, or it does not fit. Moves behind it.
template <typename Number>
bool take(std::string_view& text, Number& number, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool skip(std::string_view& text, std::string_view token) {
  if (!text.starts_with(token)) return false;
  text.remove_prefix(token.size());
  return true;
}

// Reads a line from right to left.
struct Backwards {
  std::string_view text;  // what has not been read

  bool skip(char c) {
    if (text.empty() || text.back() != c) return false;
    text.remove_suffix(1);
    return true;
  }
  bool blanks() {
    const std::size_t before = text.size();
    while (skip(' ')) {
    }
    return text.size() != before;
  }
  std::string_view digits() {
    std::size_t at = text.size();
    while (at > 0 && is_digit(text[at - 1])) --at;
    const std::string_view found = text.substr(at);
    text.remove_suffix(text.size() - at);
    return found;
  }
  bool tid(std::int32_t& number) {
    std::string_view found = digits();
    return !found.empty() && take(found, number) && found.empty();
  }
};

// "2007.849883", of 6 or 9 decimals.
bool take_time(Backwards& line, std::int64_t& time_ns) {
  std::string_view fraction = line.digits();
  if ((fraction.size() != 6 && fraction.size() != 9) || !line.skip('.')) return false;
  const std::int64_t unit = fraction.size() == 6 ? 1'000 : 1;
  std::string_view seconds = line.digits();
  std::int64_t whole = 0, part = 0;
  constexpr std::int64_t kMost = 9'000'000'000;  // of ns in 63 bits
  if (!take(seconds, whole) || !seconds.empty() || whole > kMost || !take(fraction, part)) return false;
  time_ns = whole * kSecond + part * unit;
  return true;
}

// "[000", or "[-01" where perf did not record on which CPU it was.
bool take_cpu(Backwards& line) {
  if (line.digits().empty()) return false;
  (void)line.skip('-');
  return line.skip('[') && line.blanks();
}

// "  ls 29490/29490 [000]  2007.849883: ", in front of the event's name.
bool take_head(std::string_view head, ScriptRecord& record) {
  Backwards line{head};
  if (!line.blanks() || !line.skip(':') || !take_time(line, record.time_ns) || !line.blanks()) return false;
  if (line.skip(']') && !take_cpu(line)) return false;
  (void)line.blanks();  // a tid of fewer than five digits is padded behind "pid/"
  if (!line.tid(record.tid)) return false;
  if (line.skip('/') && !line.tid(record.process)) return false;
  if (!line.skip(' ') && !line.text.empty()) return false;
  (void)line.blanks();
  record.comm = line.text;
  const std::size_t begin = record.comm.find_first_not_of(' ');
  record.comm.remove_prefix(begin == std::string_view::npos ? record.comm.size() : begin);
  return true;
}

// "NR 12 (0, 7ffcf94f8cbc, 0, 37f, 0, 0)"
const char* take_raw_enter(std::string_view text, ScriptRecord& record) {
  if (!skip(text, "NR ") || !take(text, record.number)) return "no number of the call";
  if (!skip(text, " (") || !text.ends_with(')')) return "no arguments";
  text.remove_suffix(1);
  record.args = text;
  return nullptr;
}

// "NR 12 = 94815791992832"
const char* take_raw_exit(std::string_view text, ScriptRecord& record) {
  if (!skip(text, "NR ") || !take(text, record.number)) return "no number of the call";
  if (!skip(text, " = ") || !take(text, record.value) || !text.empty()) return "no return value";
  return nullptr;
}

bool take_name(std::string_view& text, ScriptRecord& record) {
  const std::size_t end = text.find(':');
  if (end == 0 || end == std::string_view::npos) return false;
  record.name = text.substr(0, end);
  text.remove_prefix(end + 1);
  (void)skip(text, " ");
  return record.name.find(' ') == std::string_view::npos;
}

const char* take_syscall(std::string_view text, ScriptRecord& record) {
  if (!take_name(text, record)) return "no name of the call";
  if (record.kind == ScriptKind::enter) {
    record.args = text;
    return nullptr;
  }
  std::uint64_t value = 0;
  if (!skip(text, "0x") || !take(text, value, 16) || !text.empty()) return "no return value";
  record.value = static_cast<std::int64_t>(value);
  return nullptr;
}

// "29490/29490" or "29490:29490": process and task.
bool take_pair(std::string_view& text, char between, std::int32_t& process, std::int32_t& task) {
  return take(text, process) && skip(text, {&between, 1}) && take(text, task);
}

// Behind "PERF_RECORD_": "COMM exec: ls:29490/29490", whose name may hold anything.
const char* take_comm(std::string_view text, ScriptRecord& record) {
  record.kind = skip(text, " exec") ? ScriptKind::executed : ScriptKind::renamed;
  if (!skip(text, ": ")) return "no command name";
  const std::size_t end = text.rfind(':');
  if (end == std::string_view::npos) return "no command name";
  std::string_view ids = text.substr(end + 1);
  if (!take_pair(ids, '/', record.process, record.tid) || !ids.empty()) return "no task";
  record.comm = text.substr(0, end);
  return nullptr;
}

// "FORK(29491:29491):(29490:29490)": who was made by whom.
const char* take_fork(std::string_view text, ScriptRecord& record) {
  std::int32_t task = 0, process = 0;
  if (!skip(text, "(") || !take_pair(text, ':', record.other_process, record.other) || !skip(text, "):(") ||
      !take_pair(text, ':', process, task) || text != ")")
    return "no tasks";
  record.kind = ScriptKind::forked;
  record.process = process;
  record.tid = task;
  return nullptr;
}

// "EXIT(29490:29490):(29489:29489)"
const char* take_exit(std::string_view text, ScriptRecord& record) {
  if (!skip(text, "(") || !take_pair(text, ':', record.process, record.tid)) return "no task";
  record.kind = ScriptKind::ended;
  return nullptr;
}

// "LOST lost 1324", "LOST_SAMPLES lost 29", or without a number.
const char* take_lost(std::string_view text, ScriptRecord& record) {
  record.kind = ScriptKind::lost;
  const std::size_t digits = text.find_first_of("0123456789");
  if (digits == std::string_view::npos) return nullptr;
  text.remove_prefix(digits);
  return take(text, record.count) ? nullptr : "more were lost than can be counted";
}

ScriptParsed task_event(std::string_view text, ScriptRecord record, std::size_t column) {
  const char* reason = nullptr;
  if (skip(text, "COMM")) {
    reason = take_comm(text, record);
  } else if (skip(text, "FORK")) {
    reason = take_fork(text, record);
  } else if (skip(text, "EXIT")) {
    reason = take_exit(text, record);
  } else if (skip(text, "LOST")) {
    reason = take_lost(text, record);
  } else {
    return ScriptIgnored{"other event"};
  }
  if (reason != nullptr) return ScriptRejected{reason, column};
  return record;
}

// Lines without a time: "# captured on: ...", "	ffffffff81 do_syscall_64+0x5 ([kernel.kallsyms])".
std::optional<ScriptIgnored> no_event(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return ScriptIgnored{"blank"};
  if (line[begin] == '#') return ScriptIgnored{"header"};
  std::string_view address = line.substr(begin);
  std::uint64_t number = 0;
  const bool framed = begin > 0 && take(address, number, 16) && address.starts_with(' ');
  if (framed && address.ends_with(')')) return ScriptIgnored{"stack"};
  return std::nullopt;
}

constexpr std::string_view kCalls = "syscalls:sys_e";
constexpr std::string_view kTasks = "PERF_RECORD_";
constexpr std::string_view kRaw = "raw_";

// "enter: ", "exit: ", "enter_openat: " behind "sys_e".
const char* take_call(std::string_view text, bool raw, ScriptRecord& record) {
  if (skip(text, "nter")) {
    record.kind = ScriptKind::enter;
  } else if (skip(text, "xit")) {
    record.kind = ScriptKind::exit;
  } else {
    return "no entry or exit";
  }
  if (!raw) return skip(text, "_") ? take_syscall(text, record) : "no name of the call";
  if (!skip(text, ": ")) return "no number of the call";
  return record.kind == ScriptKind::enter ? take_raw_enter(text, record) : take_raw_exit(text, record);
}

// An event's name that a command has for its own, or in it, has no time before it.
std::size_t find_event(std::string_view line, std::string_view event, ScriptRecord& record) {
  for (std::size_t at = 0; (at = line.find(event, at)) != std::string_view::npos; ++at) {
    const bool raw = line.substr(0, at).ends_with(kRaw);
    record = {};
    if (take_head(line.substr(0, raw ? at - kRaw.size() : at), record)) return at;
  }
  return std::string_view::npos;
}

}  // namespace

ScriptParsed parse_script_line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  ScriptRecord record;
  if (const std::size_t at = find_event(line, kCalls, record); at != std::string_view::npos) {
    const bool raw = line.substr(0, at).ends_with(kRaw);
    const char* reason = take_call(line.substr(at + kCalls.size()), raw, record);
    if (reason != nullptr) return ScriptRejected{reason, at};
    return record;
  }
  if (const std::size_t at = find_event(line, kTasks, record); at != std::string_view::npos)
    return task_event(line.substr(at + kTasks.size()), record, at);
  if (const auto ignored = no_event(line)) return *ignored;
  // "12345.678901:  sched:sched_switch: ...": another event's.
  for (std::size_t at = 0; (at = line.find(": ", at)) != std::string_view::npos; ++at) {
    if (take_head(line.substr(0, at + 2), record)) return ScriptIgnored{"other event"};
  }
  return ScriptRejected{"no event", 0};
}

}  // namespace latimer::perftrace
