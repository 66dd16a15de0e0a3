#include "backends/recorded/row_reader.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "core/model/errno_table.h"
#include "core/model/syscall_table.h"

namespace latimer::recorded {
namespace {

constexpr const char* kRounded =
    "a number with a decimal point or an exponent: a spreadsheet has rounded it, and what it was is gone";

constexpr std::int64_t kLongest = 315'576'000'000'000'000;   // ten years
constexpr std::int64_t kLatest = 8'000'000'000'000'000'000;  // in 2223; with the duration still in range

// Nothing: an empty field. False: no such number.
template <typename Integer>
bool read_integer(std::string_view text, std::optional<Integer>& to) {
  if (text.empty()) return true;
  Integer value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return false;
  to = value;
  return true;
}

const char* complain(std::string_view text, const char* what) {
  const bool number = !text.empty() && text.find_first_not_of("0123456789.,eE+-") == std::string_view::npos;
  return number && text.find_first_of(".,eE") != std::string_view::npos ? kRounded : what;
}

}  // namespace

RowReader::Call RowReader::look_up(std::string_view abi_text, std::string_view number_text,
                                   std::string_view name) {
  const Abi abi = abi_from_name(abi_text).value_or(kNativeAbi);
  if (const auto number = syscall_number(abi, name); number && !syscall_name_or_empty(abi, *number).empty())
    return {abi, *number};
  std::optional<std::int32_t> number;
  if (read_integer(number_text, number) && number && syscall_name_or_empty(abi, *number).empty() &&
      name == syscall_name(abi, *number))
    return {abi, names_.nameless(*number)};
  return {abi, names_.call(name)};
}

const char* RowReader::read_call(SyscallEvent& event) {
  const std::string_view name = fields_[TraceColumn::syscall];
  if (name.empty()) return "no system call";
  const std::string_view abi = fields_[TraceColumn::abi];
  key_.assign(abi).append(" ").append(name);
  auto known = calls_.find(key_);
  if (known == calls_.end()) {
    std::string scratch;
    const auto bytes = field_bytes(fields_, TraceColumn::syscall, scratch);
    if (!bytes) return "syscall: an escape that is none";
    const Call call = look_up(abi, fields_[TraceColumn::syscall_nr], *bytes);
    // Names that are not ours may be any number of names.
    if (call.number < 0 && calls_.size() > 4 * kSyscallNumbers) {
      event.abi = call.abi;
      event.number = call.number;
      return nullptr;
    }
    known = calls_.emplace(key_, call).first;
  }
  event.abi = known->second.abi;
  event.number = known->second.number;
  return nullptr;
}

const char* RowReader::read_error(SyscallEvent& event) {
  const std::string_view name = fields_[TraceColumn::error];
  if (name.empty()) {
    if (event.return_value && *event.return_value < 0 && *event.return_value >= -kMaxErrno &&
        columns_.place[static_cast<std::size_t>(TraceColumn::error)] < 0)
      event.error = static_cast<std::int32_t>(-*event.return_value);
    return nullptr;
  }
  key_.assign(name);
  auto known = errors_.find(key_);
  if (known == errors_.end()) {
    std::string scratch;
    const auto bytes = field_bytes(fields_, TraceColumn::error, scratch);
    if (!bytes) return "errno: an escape that is none";
    const auto number = errno_number(*bytes);
    const std::int32_t error = number ? *number : names_.error(*bytes);
    if (errors_.size() > 2 * kMaxErrno) {
      event.error = error;
      return nullptr;
    }
    known = errors_.emplace(key_, error).first;
  }
  event.error = known->second;
  return nullptr;
}

const char* RowReader::read_numbers(SyscallEvent& event) const {
  std::optional<std::int32_t> tid;
  if (!read_integer(fields_[TraceColumn::timestamp_ns], event.start_ns))
    return complain(fields_[TraceColumn::timestamp_ns], "timestamp_ns: no integer");
  if (!read_integer(fields_[TraceColumn::duration_ns], event.duration_ns) ||
      event.duration_ns.value_or(0) < 0)
    return complain(fields_[TraceColumn::duration_ns], "duration_ns: no whole number of nanoseconds");
  if (event.start_ns && (*event.start_ns <= 0 || *event.start_ns > kLatest))
    return "timestamp_ns: no time since 1970";
  if (event.duration_ns.value_or(0) > kLongest) return "duration_ns: longer than ten years";
  if (!read_integer(fields_[TraceColumn::pid], event.tgid))
    return complain(fields_[TraceColumn::pid], "pid: no integer");
  if (!read_integer(fields_[TraceColumn::tid], tid))
    return complain(fields_[TraceColumn::tid], "tid: no integer");
  if (!read_integer(fields_[TraceColumn::return_value], event.return_value))
    return complain(fields_[TraceColumn::return_value], "return_value: no integer");
  if (!read_integer(fields_[TraceColumn::fd], event.fd))
    return complain(fields_[TraceColumn::fd], "fd: no integer");
  if (!tid && !event.tgid) return "tid: a call of nobody";
  event.tid = tid.value_or(event.tgid.value_or(0));
  if (event.tid < 0 || event.tgid.value_or(0) < 0) return "tid: below 0";
  return nullptr;
}

bool RowReader::text_of(TraceColumn column, std::string_view& text) {
  const auto bytes = field_bytes(fields_, column, scratch_);
  if (!bytes) return false;
  text = *bytes;
  if (text.data() == scratch_.data()) text = texts_.emplace_back(std::move(scratch_));
  return true;
}

const char* RowReader::read_texts(SyscallEvent& event) {
  std::string_view comm;
  if (!text_of(TraceColumn::path, event.path)) return "path: an escape that is none";
  if (!text_of(TraceColumn::args, event.text_args)) return "args: an escape that is none";
  if (!text_of(TraceColumn::comm, comm)) return "comm: an escape that is none";
  comm.copy(event.comm.data(), event.comm.size() - 1);
  return nullptr;
}

const char* RowReader::read_flags(SyscallEvent& event) const {
  std::string_view words = fields_[TraceColumn::flags];
  while (!words.empty()) {
    const std::size_t end = std::min(words.find('|'), words.size());
    const std::string_view word = words.substr(0, end);
    words.remove_prefix(std::min(end + 1, words.size()));
    const auto known = std::find_if(kTraceFlags.begin(), kTraceFlags.end(),
                                    [word](const TraceFlag& flag) { return flag.word == word; });
    if (known != kTraceFlags.end()) {
      event.flags |= known->event_flag;
      if (known->event_flag == 0) event.kind = known->kind;
    } else if (word == kTracePaired) {
      event.duration_source = DurationSource::paired;
    } else {
      return "flags: a word that means nothing here";
    }
  }
  return nullptr;
}

std::variant<SyscallEvent, MetaRow, BadRow> RowReader::read(std::string_view line) {
  split_row(line, columns_, fields_);
  if (fields_.problem != nullptr) return BadRow{fields_.problem, fields_.column};
  const std::string_view first = fields_[TraceColumn::timestamp_ns];
  if (first.starts_with('#')) {
    const auto args = static_cast<std::size_t>(TraceColumn::args);
    return MetaRow{first,
                   fields_.doubled[args] ? undoubled(fields_.text[args]) : std::string(fields_.text[args])};
  }
  SyscallEvent event;
  event.clock = ClockDomain::realtime;
  event.duration_source = DurationSource::tool_printed;
  event.continuations_known = false;
  const char* problem = read_call(event);
  if (problem == nullptr) problem = read_numbers(event);
  if (problem == nullptr) problem = read_error(event);
  if (problem == nullptr) problem = read_texts(event);
  if (problem == nullptr) problem = read_flags(event);
  if (problem != nullptr) return BadRow{problem, 0};
  return event;
}

}  // namespace latimer::recorded
