#include "backends/strace/leader.h"

#include <limits>

#include "backends/strace/line.h"

namespace latimer::strace {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMostTid = 1 << 22;
constexpr std::size_t kLongAddress = 16;  // digits; of 32-bit tasks half as many

const char* scan_tid(Cursor& cursor, Record& record) {
  const std::optional<std::uint64_t> tid = scan_unsigned(cursor, kMaxTid);
  if (!tid || *tid == 0) return "no thread id";
  record.tid = static_cast<std::int32_t>(*tid);
  return nullptr;
}

// "<comm>", closed by `end`: a '>' inside is escaped, and what follows it tells the two apart anyway.
const char* scan_comm(Cursor& cursor, std::string_view end, Record& record) {
  const std::size_t at = cursor.text.find(end, cursor.at);
  if (at == std::string_view::npos) return "no end of the command name";
  record.comm = cursor.text.substr(cursor.at + 1, at - cursor.at - 1);
  cursor.at = at + 1;
  return nullptr;
}

const char* scan_plain_pid(Cursor& cursor, Record& record) {
  if (const char* reason = scan_tid(cursor, record)) return reason;
  if (cursor.peek() == '<') {
    if (const char* reason = scan_comm(cursor, "> ", record)) return reason;
  }
  if (cursor.peek() != ' ' && cursor.peek() != '\t') return "no blank behind the thread id";
  cursor.skip_blanks();
  return nullptr;
}

const char* scan_bracketed_pid(Cursor& cursor, Record& record) {
  if (!cursor.skip("[pid ")) return nullptr;
  cursor.skip_blanks();
  if (const char* reason = scan_tid(cursor, record)) return reason;
  if (cursor.peek() == '<') {
    if (const char* reason = scan_comm(cursor, ">] ", record)) return reason;
  }
  return cursor.skip("] ") ? nullptr : "no end of the thread id";
}

// "23:12:22.158950" -> ns since midnight. A leap second is printed as :60.
std::optional<std::int64_t> scan_time_of_day(Cursor& cursor) {
  std::int64_t seconds = 0;
  for (const std::uint64_t limit : {23U, 59U}) {
    const std::size_t start = cursor.at;
    const std::optional<std::uint64_t> part = scan_unsigned(cursor, limit);
    if (!part || cursor.at - start != 2 || !cursor.skip(":")) return std::nullopt;
    seconds = seconds * 60 + static_cast<std::int64_t>(*part);
  }
  const std::optional<std::int64_t> rest = scan_seconds(cursor);
  if (!rest || *rest >= 61 * kSecond) return std::nullopt;
  return seconds * 60 * kSecond + *rest;
}

const char* scan_time(Cursor& cursor, TimeColumn column, Record& record) {
  record.time_ns = column == TimeColumn::epoch ? scan_seconds(cursor) : scan_time_of_day(cursor);
  if (!record.time_ns) return "no time stamp";
  return cursor.skip(" ") ? nullptr : "no blank behind the time stamp";
}

const char* scan_relative(Cursor& cursor, bool in_parentheses, Record& record) {
  if (in_parentheses && !cursor.skip("(+")) return "no time since the line before";
  cursor.skip_blanks();
  record.since_last_ns = scan_seconds(cursor);
  if (!record.since_last_ns) return "no time since the line before";
  return cursor.skip(in_parentheses ? ") " : " ") ? nullptr : "no end of the time since the line before";
}

const char* scan_number(Cursor& cursor, Record& record) {
  ++cursor.at;
  cursor.skip_blanks();
  if (const auto number = scan_unsigned(cursor, kMaxTid)) {
    record.number = static_cast<std::int32_t>(*number);
  } else if (!cursor.skip("???")) {  // a number that does not fit strace's own type: the name tells it
    return "no call number";
  }
  return cursor.skip("] ") ? nullptr : "no end of the call number";
}

bool is_address_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || c == '?'; }

const char* scan_address(Cursor& cursor) {
  if (!cursor.skip("[")) return "no instruction pointer";
  const std::size_t start = cursor.at;
  while (is_address_digit(cursor.peek())) ++cursor.at;
  const std::size_t digits = cursor.at - start;
  if (digits != kLongAddress && digits != kLongAddress / 2) return "no instruction pointer";
  return cursor.skip("] ") ? nullptr : "no end of the instruction pointer";
}

}  // namespace

bool plausible_stamp(std::int64_t ns, const Layout& layout) {
  return layout.time != TimeColumn::epoch || ns >= kMostTid * kSecond;
}

const char* scan_leader(Cursor& cursor, const Layout& layout, Record& record) {
  const char* reason = nullptr;
  if (layout.pid == PidColumn::plain) reason = scan_plain_pid(cursor, record);
  if (layout.pid == PidColumn::bracketed) reason = scan_bracketed_pid(cursor, record);
  if (reason == nullptr && layout.time != TimeColumn::none) reason = scan_time(cursor, layout.time, record);
  if (reason == nullptr && layout.relative)
    reason = scan_relative(cursor, layout.time != TimeColumn::none, record);
  // Messages about a task have no number.
  if (reason == nullptr && layout.number && cursor.peek() == '[' && !cursor.rest().starts_with("[ Process"))
    reason = scan_number(cursor, record);
  if (reason == nullptr && layout.address) reason = scan_address(cursor);
  return reason;
}

}  // namespace latimer::strace
