#include "backends/strace/translator.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/model/errno_table.h"
#include "core/model/syscall_table.h"

namespace latimer::strace {
namespace {

constexpr std::size_t kFirstRejected = 5;   // how many rejected lines are kept
constexpr std::size_t kRejectedText = 120;  // bytes of each

// The ABI beside the native one that strace's records can be about.
constexpr std::optional<Abi> kCompatAbi = kNativeAbi == Abi::x86_64 ? std::optional(Abi::i386) : std::nullopt;

bool is_clone(std::string_view name) {
  return name == "clone" || name == "clone3" || name == "fork" || name == "vfork";
}

// "syscall_0x1c3": the register as strace read it; the kernel looks at 32 bits of it.
std::optional<std::int32_t> raw_number(std::string_view name) {
  if (!name.starts_with("syscall_0x")) return std::nullopt;
  name.remove_prefix(10);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value, 16);
  if (error != std::errc{} || end != name.data() + name.size()) return std::nullopt;
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(value));
}

}  // namespace

Translator::Translator(TranslatorOptions options, TaskOracle* oracle)
    : options_(std::move(options)), pairing_(options_.pairing, oracle) {}

void Translator::ignore(std::string_view kind) {
  const auto found = lines_.ignored.find(std::string(kind));
  ++(found != lines_.ignored.end() ? found->second : lines_.ignored[std::string(kind)]);
}

void Translator::reject(const Line& line, const Rejected& rejected) {
  ++lines_.rejected[std::string(rejected.reason)];
  if (lines_.first_rejected.size() >= kFirstRejected) return;
  lines_.first_rejected.push_back(std::string(rejected.reason) + " at byte " +
                                  std::to_string(line.offset + rejected.column) + ": " +
                                  std::string(line.text.substr(0, kRejectedText)));
}

void Translator::line(const Line& line, std::uint8_t flags) {
  ++lines_.total;
  if (line.overlong) return reject(line, {"line too long", line.text.size()});
  if (!line.terminated) {
    // strace's end may have cut "= 12345" to "= 12". A call that had only been entered is whole.
    if (const auto open = parse_open_call(line.text, options_.layout)) return record(*open, flags);
  }
  const Parsed parsed = parse_line(line.text, options_.layout);
  if (const auto* ignored = std::get_if<Ignored>(&parsed)) return ignore(ignored->kind);
  if (const auto* rejected = std::get_if<Rejected>(&parsed)) {
    return reject(line, line.terminated ? *rejected : Rejected{"cut off", rejected->column});
  }
  const Record& parsed_record = std::get<Record>(parsed);
  const bool closed = parsed_record.kind == RecordKind::entered || parsed_record.duration_ns.has_value();
  if (!line.terminated && !closed) return reject(line, {"cut off", line.text.size()});
  record(parsed_record, flags);
}

std::vector<InFlight> Translator::in_flight(std::int64_t now_ns, std::string_view open_line) {
  std::vector<InFlight> result = pairing_.in_flight(now_ns);
  const std::optional<Record> open = parse_open_call(open_line, options_.layout);
  Task* task = open && !options_.held_pid ? pairing_.tasks().find(open->tid) : nullptr;
  if (task == nullptr) return result;
  if (auto call = pairing_.foresee(*task, entry_of(*open, name_call(*open, *task), 0), now_ns))
    result.push_back(*std::move(call));
  return result;
}

// True while the command's task is still our launcher. The first execve is the command's own beginning.
bool Translator::still_held(const Record& record) {
  if (!options_.held_pid || record.tid != *options_.held_pid) return false;
  const bool execs = record.name.starts_with("execve") &&
                     (record.kind == RecordKind::call || record.kind == RecordKind::entered);
  if (execs || record.kind == RecordKind::exited || record.kind == RecordKind::killed)
    options_.held_pid.reset();
  return !execs;
}

void Translator::record(const Record& record, std::uint8_t flags) {
  const bool held = still_held(record);
  Task& task = pairing_.tasks().get(record.tid);
  if (!record.comm.empty()) task.set_comm(unescape(record.comm));
  switch (record.kind) {
    case RecordKind::call:
    case RecordKind::entered:
    case RecordKind::resumed:
      if (held) return ignore("launcher");
      call_record(record, task, flags);
      // Last: the task is another one's afterwards.
      if (record.other != 0) pairing_.superseded(pairing_.tasks().get(record.other), record.tid);
      return;
    case RecordKind::signal:
      pairing_.signal(task, record.other);
      return ignore("signal");
    case RecordKind::stopped:
      return ignore("stop");
    case RecordKind::exited:
    case RecordKind::killed:
      pairing_.ended(task);
      return ignore("exit");
    case RecordKind::superseded:
      pairing_.superseded(task, record.other);
      return ignore("exit");
    case RecordKind::personality:
      if (kCompatAbi) task.abi = record.mode == "32 bit" ? *kCompatAbi : kNativeAbi;
      return ignore("personality");
  }
}

// Which call a record is about. strace names no ABI; the pair of number (-n) and name nearly always fits only
// one, and where both fit, or no number is printed, the task's last unmistakable call or personality line
// decides.
Translator::CallName Translator::name_call(const Record& record, Task& task) const {
  if (record.name == "???") return {task.abi, -1};
  if (record.number) {
    const bool native = syscall_name_or_empty(kNativeAbi, *record.number) == record.name;
    const bool compat = kCompatAbi && syscall_name_or_empty(*kCompatAbi, *record.number) == record.name;
    if (native != compat) task.abi = native ? kNativeAbi : *kCompatAbi;
    return {task.abi, *record.number};
  }
  if (const auto raw = raw_number(record.name)) return {task.abi, *raw};
  if (const auto number = syscall_number(task.abi, record.name)) return {task.abi, *number};
  const Abi other = task.abi == kNativeAbi && kCompatAbi ? *kCompatAbi : kNativeAbi;
  if (const auto number = syscall_number(other, record.name)) return {other, *number};
  return {task.abi, -1};
}

CallEntry Translator::entry_of(const Record& record, const CallName& call, std::uint8_t flags) const {
  CallEntry entry;
  entry.abi = call.abi;
  entry.number = call.number;
  entry.time_ns = record.time_ns;
  entry.args = record.args;
  entry.counted = options_.filter.selects(call.abi, call.number);
  entry.flags = flags;
  return entry;
}

CallExit Translator::exit_of(const Record& record, const CallName& call, std::uint8_t flags) const {
  CallExit exit;
  exit.abi = call.abi;
  exit.number = call.number;
  exit.value = record.value;
  exit.duration_ns = record.duration_ns;
  // Of a line that holds entry and exit, the stamp is the entry's.
  if (record.kind == RecordKind::resumed) exit.time_ns = record.time_ns;
  exit.args = record.args;
  exit.counted = options_.filter.selects(call.abi, call.number);
  exit.flags = flags;
  switch (record.outcome) {
    case Outcome::none:
    case Outcome::returned:
      break;
    case Outcome::failed:
    case Outcome::restart:
      exit.outcome = record.outcome == Outcome::failed ? CallOutcome::failed : CallOutcome::restart;
      // A name that our table lacks: some error all the same.
      exit.error = record.error != 0 ? record.error : kMaxErrno;
      exit.value = -exit.error;
      break;
    case Outcome::never:
    case Outcome::unavailable:
      exit.outcome = CallOutcome::never;
      break;
  }
  return exit;
}

void Translator::note_clone(const Record& record, const CallName& call, Task& task) {
  if (is_clone(syscall_name_or_empty(call.abi, call.number))) {
    pairing_.tasks().clone_begins(task, record.args.find("CLONE_THREAD") != std::string_view::npos);
  }
}

void Translator::call_record(const Record& record, Task& task, std::uint8_t flags) {
  CallName call = name_call(record, task);
  bool selected = options_.filter.selects(call.abi, call.number);
  if (record.kind == RecordKind::resumed) {
    if (task.in_call) {
      if (call.number < 0) call.number = task.pending.number;
      selected = task.pending.counted;
    }
    pairing_.exit(task, exit_of(record, call, flags));
  } else if (record.kind == RecordKind::entered) {
    pairing_.enter(task, entry_of(record, call, flags));
    note_clone(record, call, task);
  } else {
    note_clone(record, call, task);
    pairing_.call(task, entry_of(record, call, flags), exit_of(record, call, flags));
  }
  if (!selected) return ignore("not selected");
  if (!task.process->followed) return ignore("not followed");
  ++lines_.records;
}

std::string trace_expression(const SyscallFilter& filter) {
  constexpr std::array<std::string_view, 9> kNeeded = {"execve",       "execveat",  "clone",
                                                       "clone3",       "fork",      "vfork",
                                                       "rt_sigreturn", "sigreturn", "restart_syscall"};
  std::string expression = filter.strace_expression();
  if (expression == "all") return expression;
  const bool negated = expression.starts_with('!');
  std::string result = negated || expression == "none" ? "" : expression;
  if (!negated) {
    for (const std::string_view name : kNeeded) result.append(result.empty() ? "?" : ",?").append(name);
    return result;
  }
  std::string_view rest = std::string_view(expression).substr(1);
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view item = rest.substr(0, comma);
    const std::string_view name = item.starts_with('?') ? item.substr(1) : item;
    if (std::find(kNeeded.begin(), kNeeded.end(), name) == kNeeded.end())
      result.append(result.empty() ? "!" : ",").append(item);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return result.empty() ? "all" : result;
}

std::string unescape(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      result.push_back(text[i]);
      continue;
    }
    const char next = text[++i];
    if (next >= '0' && next <= '7') {
      unsigned value = 0;
      for (int digits = 0; digits < 3 && i < text.size() && text[i] >= '0' && text[i] <= '7'; ++digits, ++i) {
        value = value * 8 + static_cast<unsigned>(text[i] - '0');
      }
      --i;
      result.push_back(static_cast<char>(value));
      continue;
    }
    constexpr std::string_view kLetters = "fnrtv";
    constexpr std::string_view kBytes = "\f\n\r\t\v";
    const std::size_t known = kLetters.find(next);
    result.push_back(known == std::string_view::npos ? next : kBytes[known]);
  }
  return result;
}

}  // namespace latimer::strace
