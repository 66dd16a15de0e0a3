#include "backends/strace/translator.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "core/model/c_string.h"
#include "core/model/call_traits.h"
#include "core/model/errno_table.h"
#include "core/model/syscall_table.h"

namespace latimer::strace {
namespace {

// The ABI beside the native one that strace's records can be about.
constexpr std::optional<Abi> kCompatAbi = kNativeAbi == Abi::x86_64 ? std::optional(Abi::i386) : std::nullopt;

// "syscall_0x1c3": the register as strace read it; the kernel looks at 32 bits of it.
std::optional<std::int32_t> raw_number(std::string_view name) {
  if (!name.starts_with("syscall_0x")) return std::nullopt;
  name.remove_prefix(10);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value, 16);
  if (error != std::errc{} || end != name.data() + name.size()) return std::nullopt;
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(value));
}

// Its name is a call's here, too, under another number: the number is no guide then. strace calls the parts
// of i386's socketcall and ipc by names of their own.
bool is_of_other_architecture(const Record& record, Abi abi) {
  if (*record.number >= kSyscallNumbers || !is_syscall_name(record.name)) return false;  // x32 sets bit 30
  const std::string_view ours = syscall_name_or_empty(abi, *record.number);
  return abi != Abi::i386 || (ours != "socketcall" && ours != "ipc");
}

}  // namespace

Translator::Translator(TranslatorOptions options, TaskOracle* oracle)
    : options_(std::move(options)),
      all_selected_(options_.filter.selects_all()),
      known_names_(kKnownNames),
      pairing_(options_.pairing, oracle) {}

// Whether a record without the end of its line is whole. strace's end may have cut "= 12345" to "= 12", so it
// must have come to something behind the number, or the log must be one whose lines end with the number.
bool Translator::is_whole(const Line& line, const Record& record) const {
  if (record.kind == RecordKind::entered || record.duration_ns) return true;
  if (!options_.pairing.from_log || lines_with_duration_) return false;
  const bool cut_error = record.value == -1 && !line.text.ends_with(')');
  return !cut_error && (record.kind == RecordKind::call || record.kind == RecordKind::resumed);
}

void Translator::line(const Line& line, std::uint8_t flags) {
  if (line.overlong) return reject_line(line, {"line too long", line.text.size()});
  parsed(line, parse_line(line.text, options_.layout), flags);
}

void Translator::parsed(const Line& line, const Parsed& parsed, std::uint8_t flags) {
  if (const auto* found = std::get_if<Record>(&parsed)) {
    if (!line.terminated && !is_whole(line, *found)) return reject_line(line, {"cut off", line.text.size()});
    return record(*found, flags);
  }
  if (const auto* ignored = std::get_if<Ignored>(&parsed)) return ignore_line(ignored->kind);
  const Rejected& rejected = std::get<Rejected>(parsed);
  if (line.terminated) return reject_line(line, rejected);
  // A call that had only been entered is whole.
  if (const auto open = parse_open_call(line.text, options_.layout)) return record(*open, flags);
  reject_line(line, {"cut off", rejected.column});
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
  Task& task = task_of(record.tid, record.kind, record.other);
  if (!record.comm.empty()) task.set_comm(unescape_c(record.comm));
  switch (record.kind) {
    case RecordKind::call:
    case RecordKind::entered:
    case RecordKind::resumed:
      if (held) return ignore_line("launcher");
      call_record(record, task, flags);
      // Last: the task is another one's afterwards.
      if (record.other != 0) thread_became_leader(record, task);
      return;
    case RecordKind::signal:
      pairing_.signal(task, record.other);
      return ignore_line("signal");
    case RecordKind::stopped:
      return ignore_line("stop");
    case RecordKind::exited:
    case RecordKind::killed:
      pairing_.ended(task);
      return ignore_line("exit");
    case RecordKind::superseded:
      superseded(task, record.other);
      return ignore_line("exit");
    case RecordKind::personality:
      if (kCompatAbi) task.abi = record.mode == "32 bit" ? *kCompatAbi : kNativeAbi;
      return ignore_line("personality");
  }
}

// Which call a record is about. strace names no ABI; the pair of number (-n) and name nearly always fits only
// one, and where both fit, or no number is printed, the task's last unmistakable call or personality line
// decides.
Translator::CallName Translator::name_call(const Record& record, Task& task) {
  if (record.name == "???") return {task.abi, -1};
  if (record.number) {
    const bool native = syscall_name_or_empty(kNativeAbi, *record.number) == record.name;
    const bool compat = kCompatAbi && syscall_name_or_empty(*kCompatAbi, *record.number) == record.name;
    if (native != compat) task.abi = native ? kNativeAbi : *kCompatAbi;
    if (native || compat) return {task.abi, *record.number};
    if (!is_of_other_architecture(record, task.abi)) return {task.abi, bounded(task.abi, *record.number)};
  }
  if (const auto raw = raw_number(record.name)) return {task.abi, bounded(task.abi, *raw)};
  const CallName call = name_of(record.name, task.abi);
  task.abi = call.abi;
  return call;
}

Translator::CallName Translator::name_of(std::string_view name, Abi task_abi) {
  const auto letter = [&name](std::size_t at) { return static_cast<unsigned char>(name[at]); };
  const std::size_t slot = name.size() * 131 + letter(0) * 31U + letter(name.size() / 2) * 7U +
                           letter(name.size() - 1) + static_cast<std::size_t>(task_abi) * 509U;
  KnownName& known = known_names_[slot % kKnownNames];
  if (known.name != name || known.task_abi != task_abi)
    known = {std::string(name), task_abi, look_up(name, task_abi)};
  return known.call;
}

// A number without a name is somebody's invention or a newer kernel's.
std::int32_t Translator::bounded(Abi abi, std::int32_t number) {
  return syscall_name_or_empty(abi, number).empty() ? names_.nameless(number) : number;
}

Translator::CallName Translator::look_up(std::string_view name, Abi task_abi) {
  if (const auto number = syscall_number(task_abi, name)) return {task_abi, *number};
  const Abi other = task_abi == kNativeAbi && kCompatAbi ? *kCompatAbi : kNativeAbi;
  if (const auto number = syscall_number(other, name)) return {other, *number};
  return {task_abi, names_.call(name)};
}

CallEntry Translator::entry_of(const Record& record, const CallName& call, std::uint8_t flags) const {
  CallEntry entry;
  entry.abi = call.abi;
  entry.number = call.number;
  entry.time_ns = record.time_ns;
  entry.args = record.args;
  entry.counted = selects(call);
  entry.flags = flags;
  return entry;
}

CallExit Translator::exit_of(const Record& record, const CallName& call, std::uint8_t flags) {
  CallExit exit;
  exit.abi = call.abi;
  exit.number = call.number;
  exit.value = record.value;
  exit.duration_ns = record.duration_ns;
  // Of a line that holds entry and exit, the stamp is the entry's.
  if (record.kind == RecordKind::resumed) exit.time_ns = record.time_ns;
  exit.args = record.args;
  exit.counted = selects(call);
  exit.flags = flags;
  switch (record.outcome) {
    case Outcome::none:
    case Outcome::returned:
      break;
    case Outcome::failed:
    case Outcome::restart:
      exit.outcome = record.outcome == Outcome::failed ? CallOutcome::failed : CallOutcome::restart;
      exit.error = record.error != 0 ? record.error : names_.error(record.error_name);
      exit.value = -exit.error;
      break;
    case Outcome::never:
    case Outcome::unavailable:
      exit.outcome = CallOutcome::never;
      break;
  }
  return exit;
}

CallEntry Translator::entry_of(const PlainCall& call, const std::int64_t* time_ns) {
  CallEntry entry;
  entry.abi = call.abi;
  entry.number = call.number;
  if (time_ns != nullptr) entry.time_ns = *time_ns;
  entry.counted = call.counted;
  return entry;
}

CallExit Translator::exit_of(const PlainCall& call, const std::int64_t* time_ns) {
  CallExit exit;
  exit.outcome = call.error != 0 ? CallOutcome::failed : CallOutcome::returned;
  exit.abi = call.abi;
  exit.number = call.number;
  exit.error = call.error;
  if (time_ns != nullptr) exit.time_ns = *time_ns;
  exit.duration_ns = call.duration_ns;
  exit.counted = call.counted;
  return exit;
}

// Not a number instead of a name, and no call that does something to its task; what that is goes by name.
bool Translator::takes_name(std::string_view name) {
  if (name.starts_with("syscall_")) return false;
  taken_ = name_of(name, kNativeAbi);
  return call_traits(taken_.abi, taken_.number) == 0;
}

void Translator::skimmed(const Skimmed& line, const std::int64_t* time_ns, SnapshotBuilder& sums) {
  Task& task = options_.layout.pid == PidColumn::plain ? pairing_.tasks().get(line.tid)
                                                       : task_of(line.tid, line.kind, 0);
  const CallName name = task.abi == kNativeAbi ? taken_ : name_of(line.name, task.abi);
  task.abi = name.abi;
  const PlainCall call{name.number, line.error, line.duration_ns, name.abi, selects(name)};
  bool selected = call.counted;
  if (line.kind == RecordKind::entered) {
    if (!pairing_.tally_enter(task, call, time_ns)) pairing_.enter(task, entry_of(call, time_ns));
  } else {
    const bool resumed = line.kind == RecordKind::resumed;
    lines_with_duration_ = true;
    if (resumed && task.in_call) selected = task.pending.counted;
    if (!pairing_.tally_return(task, call, resumed, sums)) {
      if (resumed) {
        pairing_.exit(task, exit_of(call, time_ns));
      } else {
        pairing_.call(task, entry_of(call, time_ns), exit_of(call, nullptr));
      }
    }
  }
  if (!selected) {
    ignore_line("not selected");
  } else if (!task.process->followed) {
    ignore_line("not followed");
  } else {
    lines_.record();
  }
}

void Translator::note_clone(const Record& record, const CallName& call, Task& task) {
  if ((call_traits(call.abi, call.number) & kClones) != 0) {
    clones_seen_ = true;
    pairing_.tasks().clone_begins(task, record.args.find("CLONE_THREAD") != std::string_view::npos);
  }
}

void Translator::call_record(const Record& record, Task& task, std::uint8_t flags) {
  CallName call = name_call(record, task);
  if (record.duration_ns) lines_with_duration_ = true;
  bool selected = selects(call);
  if (record.kind == RecordKind::resumed) {
    if (task.in_call) {
      if (call.number == -1) call.number = task.pending.number;
      selected = task.pending.counted;
    }
    const CallExit exit = exit_of(record, call, flags);
    if (!defer_exec(exit, task)) pairing_.exit(task, exit);
  } else if (record.kind == RecordKind::entered) {
    pairing_.enter(task, entry_of(record, call, flags));
    note_clone(record, call, task);
  } else {
    note_clone(record, call, task);
    pairing_.call(task, entry_of(record, call, flags), exit_of(record, call, flags));
  }
  if (options_.pairing.from_log && record.comm.empty()) note_program(record, call, task);
  if (!selected) return ignore_line("not selected");
  if (!task.process->followed) return ignore_line("not followed");
  lines_.record();
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

}  // namespace latimer::strace
