#include "backends/perftrace/script_translator.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/model/call_traits.h"
#include "core/model/errno_table.h"
#include "core/model/syscall_table.h"
#include "core/record/trace_format.h"

namespace latimer::perftrace {
namespace {

constexpr std::int32_t kMostNumbers =
    4096;  // more have no kernel; a log must not make us keep as many as it likes

PairingOptions pairing_options(const TranslatorOptions& script) {
  PairingOptions options;
  options.clock = ClockDomain::monotonic;
  options.by = script.by;
  options.args = script.details;
  options.births = script.details;
  options.durations = script.timing;
  options.from_log = !script.live;
  options.begins_inside = true;
  options.both_timed = true;
  options.follow = script.follow;
  options.tells_loss = script.tells_loss;
  options.child_returns = true;
  // Signals are not among what is recorded: only what returns with ERESTART* can be told to go on.
  options.continuations = false;
  options.signals_unseen = true;
  return options;
}

// Tracepoints are named for the kernel's functions, which some calls of x86_64 do not share their names with
// (arch/x86/entry/syscalls/syscall_64.tbl).
std::string_view call_of_tracepoint(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> kOthers[] = {
      {"newstat", "stat"},        {"newlstat", "lstat"}, {"newfstat", "fstat"}, {"newuname", "uname"},
      {"sendfile64", "sendfile"}, {"umount", "umount2"}, {"sysctl", "_sysctl"}};
  for (const auto& [tracepoint, call] : kOthers)
    if (name == tracepoint) return call;
  return name;
}

// CLONE_THREAD among the flags of clone(2), its first argument, in hexadecimal. Those of clone3 are not told.
bool makes_thread(std::int32_t number, std::string_view args) {
  constexpr std::uint64_t kCloneThread = 0x10000;
  if (syscall_name_or_empty(kNativeAbi, number) != "clone") return false;
  std::uint64_t flags = 0;
  std::from_chars(args.data(), args.data() + args.size(), flags, 16);
  return (flags & kCloneThread) != 0;
}

}  // namespace

ScriptTranslator::ScriptTranslator(const TranslatorOptions& options)
    : LineTranslator(options, pairing_options(options), nullptr),
      details_(options.details),
      held_pid_(options.held_pid) {}

// The six registers of raw_syscalls, "3, 7ffc3a, a, 0, 0, 0", as arguments of that call: "3, 0x7ffc3a, 10".
// Those of syscalls:* have names.
std::string_view ScriptTranslator::registers_text(std::int32_t number, std::string_view args) {
  if (args.find(':') != std::string_view::npos) return args;
  SyscallEvent event;
  event.abi = kNativeAbi;
  event.number = number;
  event.has_args = true;
  for (std::uint64_t& value : event.args) {
    const std::size_t end = std::min(args.find(", "), args.size());
    std::from_chars(args.data(), args.data() + end, value, 16);
    args.remove_prefix(std::min(end + 2, args.size()));
  }
  registers_.clear();
  append_arguments(registers_, event);
  return registers_;
}

std::vector<std::string> ScriptTranslator::warnings() const {
  std::vector<std::string> warnings;
  if (loss_without_number_)
    warnings.emplace_back("perf lost samples and does not say how many: calls are missing");
  if (by() == GroupBy::process && !processes_known_)
    warnings.emplace_back(
        "the lines name threads and not their processes, so each thread that clone3 made stands for itself: "
        "perf script -F +pid tells both");
  return warnings;
}

void ScriptTranslator::begin_log(std::string name) {
  LineTranslator::begin_log(std::move(name));
  told_.clear();
  nanoseconds_ = false;
}

void ScriptTranslator::line(const Line& line, SnapshotBuilder* sums) {
  if (line.overlong) return account().reject(line, "longer than 16 MiB", 0);
  const ScriptParsed parsed = parse_script_line(line.text);
  if (const auto* found = std::get_if<ScriptRecord>(&parsed)) {
    // A number may have been cut.
    if (!line.terminated) return account().reject(line, "cut off", line.text.size());
    if (record(line, *found, sums)) account().record();
    return;
  }
  if (const auto* ignored = std::get_if<ScriptIgnored>(&parsed)) return account().ignore(ignored->kind);
  const auto& rejected = std::get<ScriptRejected>(parsed);
  account().reject(line, line.terminated ? rejected.reason : "cut off", rejected.column);
}

Task& ScriptTranslator::task_of(const ScriptRecord& record) {
  TaskTable& tasks = pairing().tasks();
  const bool told = record.process != 0;
  processes_known_ = processes_known_ || told;
  Task& task = told && tasks.find(record.tid) == nullptr ? tasks.add(record.tid, record.process)
                                                         : tasks.get(record.tid);
  if (!record.comm.empty() && record.comm != std::string_view(task.comm.data())) task.set_comm(record.comm);
  return task;
}

std::optional<std::int32_t> ScriptTranslator::number_of(const ScriptRecord& record, const Task& task) const {
  if (!record.name.empty()) {
    const auto number = syscall_number(kNativeAbi, call_of_tracepoint(record.name));
    return number ? std::optional<std::int32_t>(*number) : std::nullopt;
  }
  if (record.number >= 0 && record.number < kMostNumbers) return record.number;
  if (record.kind != ScriptKind::exit || record.number != -1) return std::nullopt;
  // sigreturn(2) takes the number away; so does a tracer that skips the call.
  if (task.in_call) return task.pending.number;
  return syscall_number(kNativeAbi, "rt_sigreturn");
}

void ScriptTranslator::fork(const ScriptRecord& record, const Task& parent) {
  TaskTable& tasks = pairing().tasks();
  const auto comm = parent.comm;
  if (Task* known = tasks.find(record.other)) {
    if (known->unheard_of) return;
    pairing().ended(*known);  // its number is used again; a damaged line may name the maker itself
  }
  tasks.add(record.other, record.other_process).comm = comm;
}

// perf record may write a stretch of a CPU's buffer twice: it reads how far the kernel has got, reads it
// again for what it writes, and goes on from where the first reading was (perf_mmap__push,
// tools/perf/util/mmap.c; seen in 6.1). No thread does the same twice in a nanosecond; by a coarser clock at
// least something else lies between.
bool ScriptTranslator::told_before(const ScriptRecord& record) {
  constexpr std::size_t kMost = 64;  // a log must not make us look through as many as it likes
  if (!nanoseconds_) return false;
  if (record.time_ns != std::exchange(told_ns_, record.time_ns)) told_.clear();
  const Told told{record.tid, record.kind, !record.name.empty(), record.number, record.count};
  const auto latest = std::find_if(told_.rbegin(), told_.rend(), [&told](const Told& other) {
    return other.tid == told.tid && (other.kind == ScriptKind::lost) == (told.kind == ScriptKind::lost);
  });
  if (latest != told_.rend() && *latest == told) return true;
  if (told_.size() < kMost) told_.push_back(told);
  return false;
}

bool ScriptTranslator::still_held(const ScriptRecord& record, std::int32_t number) {
  if (!held_pid_ || record.tid != *held_pid_) return false;
  if (record.kind != ScriptKind::enter || !has_trait(number, kExecutes)) return true;
  held_pid_.reset();
  return false;
}

// False: the line is none of the calls that were asked for, and has been accounted for.
bool ScriptTranslator::record(const Line& line, const ScriptRecord& record, SnapshotBuilder* sums) {
  const bool of_a_call = record.kind == ScriptKind::enter || record.kind == ScriptKind::exit;
  if (of_a_call && record.time_ns % 1'000 != 0) {
    nanoseconds_ = true;
    whole_microseconds_ = false;
  }
  if ((of_a_call || record.kind == ScriptKind::lost) && told_before(record)) {
    account().ignore("told twice");
    return false;
  }
  if (record.kind == ScriptKind::lost) {
    lost(record.count);
    loss_without_number_ = loss_without_number_ || record.count == 0;
    account().ignore("lost samples");
    return false;
  }
  Task& task = task_of(record);
  if (of_a_call) {
    note_time(record.time_ns);  // that of a task's event may be 0
    const std::optional<std::int32_t> number = number_of(record, task);
    if (!number) {
      account().reject(line, "no such call", 0);
      return false;
    }
    if (still_held(record, *number)) {
      account().ignore("launcher");
      return false;
    }
    if (!begun_.empty()) begun_.erase(record.tid);
    if (record.kind == ScriptKind::enter) {
      enter(record, task, *number, sums != nullptr);
    } else {
      exit(record, task, *number, sums);
    }
    if (selects(*number)) return true;
    account().ignore("not selected");
    return false;
  }
  if (record.kind == ScriptKind::forked) fork(record, task);
  if (record.kind == ScriptKind::ended) end(task);
  if (record.kind == ScriptKind::executed && task.in_call && has_trait(task.pending.number, kExecutes))
    begun_.insert(task.tid);
  account().ignore("task event");
  return false;
}

void ScriptTranslator::end(Task& task) {
  const bool begun = begun_.erase(task.tid) > 0;
  return begun ? pairing().hidden(task) : pairing().ended(task);
}

void ScriptTranslator::enter(const ScriptRecord& record, Task& task, std::int32_t number, bool tallies) {
  CallEntry entry;
  entry.abi = kNativeAbi;
  entry.number = number;
  entry.time_ns = record.time_ns;
  entry.counted = selects(number);
  if (details_) entry.args = registers_text(number, record.args);
  PlainCall plain;
  plain.abi = entry.abi;
  plain.number = number;
  plain.counted = entry.counted;
  const bool usual = tallies && call_traits(kNativeAbi, number) == 0;
  if (!usual || !pairing().tally_enter(task, plain, &record.time_ns)) pairing().enter(task, entry);
  if (has_trait(number, kClones)) pairing().tasks().clone_begins(task, makes_thread(number, record.args));
  if (has_trait(number, kNeverReturns)) pairing().ended(task);
}

// The usual end of a call, without an event.
bool ScriptTranslator::tally(const ScriptRecord& record, Task& task, std::int32_t number,
                             SnapshotBuilder& sums) {
  if (call_traits(kNativeAbi, number) != 0 || !task.in_call || !task.pending.start_ns) return false;
  const std::int64_t duration = record.time_ns - *task.pending.start_ns;
  const bool failed = record.value < 0 && record.value >= -kMaxErrno;
  const auto error = static_cast<std::int32_t>(failed ? -record.value : 0);
  if (duration < 0 || is_restart_errno(error)) return false;
  const PlainCall call{number, error, duration, kNativeAbi, task.pending.counted};
  return pairing().tally_return(task, call, true, sums);
}

void ScriptTranslator::exit(const ScriptRecord& record, Task& task, std::int32_t number,
                            SnapshotBuilder* sums) {
  if (sums != nullptr && tally(record, task, number, *sums)) return;
  if (!task.in_call && task.unheard_of && record.value == 0 && has_trait(number, kClones))
    return pairing().child_returned(task);
  if (record.value == 0 && has_trait(number, kExecutes) && task.in_call &&
      !has_trait(task.pending.number, kExecutes)) {
    // Another thread's execve, which goes on under its leader's number.
    if (const Task* thread = pairing().tasks().only_other_executing(task))
      pairing().superseded(task, thread->tid);
  }
  CallExit exit;
  exit.abi = kNativeAbi;
  exit.number = number;
  exit.value = record.value;
  exit.time_ns = record.time_ns;
  exit.counted = selects(number);
  if (record.value < 0 && record.value >= -kMaxErrno) {
    exit.error = static_cast<std::int32_t>(-record.value);
    exit.outcome = is_restart_errno(exit.error) ? CallOutcome::restart : CallOutcome::failed;
  }
  pairing().exit(task, exit);
}

}  // namespace latimer::perftrace
