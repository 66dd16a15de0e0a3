#include "core/record/trace_format.h"

#include <charconv>
#include <limits>

#include "core/model/c_string.h"
#include "core/model/syscall_arguments.h"
#include "core/model/text_escape.h"

namespace latimer {
namespace {

template <typename Integer>
void append_number(std::string& to, Integer value, int base = 10) {
  std::array<char, 24> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value, base);
  to.append(digits.data(), end);
}

// Printable ASCII that means nothing to CSV or to escape_bytes().
bool is_plain(std::string_view text) {
  for (const char c : text) {
    if (c < ' ' || c > '~' || c == '"' || c == ',' || c == '\\') return false;
  }
  return true;
}

void append_hex_byte(std::string& to, char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  to.append("\\x").push_back(kDigits[byte >> 4]);
  to.push_back(kDigits[byte & 15]);
}

void append_register(std::string& to, std::uint64_t value, ArgumentKind kind) {
  constexpr std::int32_t kCurrentFolder = -100;  // AT_FDCWD
  const auto low = static_cast<std::uint32_t>(value);
  switch (kind) {
    case ArgumentKind::folder:
      if (static_cast<std::int32_t>(low) == kCurrentFolder) {
        to.append("AT_FDCWD");
        return;
      }
      [[fallthrough]];
    case ArgumentKind::descriptor:
    case ArgumentKind::int32:
      return append_number(to, static_cast<std::int32_t>(low));
    case ArgumentKind::uint32:
      return append_number(to, low);
    case ArgumentKind::int64:
      return append_number(to, static_cast<std::int64_t>(value));
    case ArgumentKind::uint64:
      return append_number(to, value);
    case ArgumentKind::permissions:
      to.push_back('0');
      return append_number(to, low, 8);
    case ArgumentKind::bits32:
      to.append("0x");
      return append_number(to, low, 16);
    case ArgumentKind::path:
    case ArgumentKind::text:
    case ArgumentKind::address:
    case ArgumentKind::pointer:
    case ArgumentKind::bits64:
      break;
  }
  to.append("0x");
  append_number(to, value, 16);
}

// A string that was captured, instead of its address.
bool append_captured(std::string& to, const SyscallEvent& event, std::size_t index, ArgumentKind kind) {
  if (kind != ArgumentKind::path && kind != ArgumentKind::text) return false;
  for (const MemoryPiece& piece : event.memory) {
    if (piece.argument != index) continue;
    append_c_string(to, piece.bytes.substr(0, piece.bytes.find('\0')));
    if (piece.cut) to.append("...");
    return true;
  }
  return false;
}

void append_flags(std::string& to, const SyscallEvent& event) {
  const std::size_t begin = to.size();
  const auto add = [&to, begin](std::string_view word) {
    if (to.size() != begin) to.push_back('|');
    to.append(word);
  };
  if (event.flags != 0 || event.kind != EventKind::completed) {
    for (const TraceFlag& flag : kTraceFlags) {
      const bool has = flag.event_flag != 0 ? (event.flags & flag.event_flag) != 0 : event.kind == flag.kind;
      if (has) add(flag.word);
    }
  }
  if (event.duration_source == DurationSource::paired && event.duration_ns) add(kTracePaired);
}

}  // namespace

std::string trace_header() {
  std::string header;
  for (const std::string_view name : kTraceColumnNames) {
    if (!header.empty()) header.push_back(',');
    header.append(name);
  }
  return header;
}

bool is_trace(std::string_view beginning) {
  const std::string_view line = beginning.substr(0, beginning.find_first_of("\r\n"));
  const auto has = [line](std::string_view column) { return line.find(column) != std::string_view::npos; };
  // One of the columns may have been taken out, or renamed: then it is still a trace, and is refused as one.
  return (has("timestamp_ns") ? has("syscall") : has("duration_ns") && has("syscall_nr")) &&
         line.find_first_of(",;\t") != std::string_view::npos;
}

void append_arguments(std::string& to, const SyscallEvent& event) {
  if (!event.has_args) {
    to.append(event.text_args);
    return;
  }
  const CallSpec& spec = call_spec(event.abi, event.number);
  const std::size_t count = spec.known ? spec.count : kMostArguments;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) to.append(", ");
    const ArgumentKind kind = spec.known ? spec.arguments[i].kind : ArgumentKind::pointer;
    if (!append_captured(to, event, i, kind)) append_register(to, event.args[i], kind);
  }
}

void append_quoted(std::string& to, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    to.append(text);
    return;
  }
  to.push_back('"');
  for (const char c : text) {
    if (c == '"') to.push_back('"');
    to.push_back(c);
  }
  to.push_back('"');
}

void append_text_field(std::string& to, std::string_view bytes, std::string_view formula) {
  const bool is_formula = !bytes.empty() && formula.find(bytes.front()) != std::string_view::npos;
  if (!is_formula && is_plain(bytes)) {
    to.append(bytes);
    return;
  }
  std::string text;
  if (is_formula) {
    append_hex_byte(text, bytes.front());
    bytes.remove_prefix(1);
  }
  text.append(escape_bytes(bytes));
  append_quoted(to, text);
}

void append_trace_row(std::string& to, const SyscallEvent& event, std::int64_t to_realtime_ns,
                      std::string_view name, std::string_view error) {
  thread_local std::string arguments;
  if (event.start_ns) append_number(to, *event.start_ns + to_realtime_ns);
  to.push_back(',');
  if (event.duration_ns) append_number(to, *event.duration_ns);
  to.push_back(',');
  if (event.tgid) append_number(to, *event.tgid);
  to.push_back(',');
  append_number(to, event.tid);
  to.push_back(',');
  append_text_field(to, event.comm_view());
  to.push_back(',');
  to.append(to_string(event.abi));
  to.push_back(',');
  if (event.number >= 0) append_number(to, event.number);
  to.push_back(',');
  append_text_field(to, name);
  to.push_back(',');
  if (event.return_value) append_number(to, *event.return_value);
  to.push_back(',');
  append_text_field(to, error);
  to.push_back(',');
  if (event.fd) append_number(to, *event.fd);
  to.push_back(',');
  append_text_field(to, event.path);
  to.push_back(',');
  arguments.clear();
  append_arguments(arguments, event);
  // Registers are printable ASCII, and a first - is a number's; what names need escapes is rare.
  if (event.has_args && arguments.find('\\') == std::string::npos) {
    append_quoted(to, arguments);
  } else {
    append_text_field(to, arguments, "=@");
  }
  to.push_back(',');
  append_flags(to, event);
  to.push_back('\n');
}

}  // namespace latimer
