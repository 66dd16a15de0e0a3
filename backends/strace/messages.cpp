#include "backends/strace/messages.h"

#include <limits>

#include "backends/strace/scan.h"

namespace latimer::strace {

Message read_message(std::string_view line) {
  constexpr std::uint64_t kMaxPid = std::numeric_limits<std::int32_t>::max();
  Cursor cursor{line, 0};
  (void)cursor.skip("strace: ");
  Message message;
  message.text = cursor.rest();
  // "Process 123 attached", "Process 123 attached with 4 threads", "Process 123 detached"
  if (cursor.skip("Process ")) {
    const auto pid = scan_unsigned(cursor, kMaxPid);
    if (!pid) return message;
    message.pid = static_cast<std::int32_t>(*pid);
    if (cursor.rest().starts_with(" attached")) message.kind = Message::Kind::attached;
    if (cursor.rest().starts_with(" detached")) message.kind = Message::Kind::detached;
    return message;
  }
  // "attach: ptrace(PTRACE_SEIZE, 123): Operation not permitted"
  if (cursor.skip("attach: ptrace(")) {
    const std::size_t comma = line.find(", ", cursor.at);
    if (comma == std::string_view::npos) return message;
    cursor.at = comma + 2;
    const auto pid = scan_unsigned(cursor, kMaxPid);
    if (!pid || !cursor.skip("): ")) return message;
    message.kind = Message::Kind::attach_failed;
    message.pid = static_cast<std::int32_t>(*pid);
    message.text = cursor.rest();
    return message;
  }
  // "[ Process PID=123 runs in 32 bit mode. ]"
  if (cursor.skip("[ Process PID=")) {
    const auto pid = scan_unsigned(cursor, kMaxPid);
    if (!pid || !cursor.skip(" runs in ")) return message;
    message.kind = cursor.rest().starts_with("64") ? Message::Kind::harmless : Message::Kind::compat_mode;
    message.pid = static_cast<std::int32_t>(*pid);
    return message;
  }
  // "Exit of unknown pid 3481 ignored": a child that was killed before its first stop: it made no call.
  if (cursor.skip("Exit of unknown pid ") || message.text.empty()) message.kind = Message::Kind::harmless;
  return message;
}

}  // namespace latimer::strace
