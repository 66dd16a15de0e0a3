#include "backends/perftrace/script_translator.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/model/call_traits.h"
#include "core/model/errno_table.h"
#include "core/model/syscall_table.h"

namespace latimer::perftrace {
namespace {

constexpr std::int32_t kMostNumbers =
    4096;  // more have no kernel; a log must not make us keep as many as it likes
constexpr std::int64_t kMostErrno = 4095;  // MAX_ERRNO of the kernel

PairingOptions pairing_options(const ScriptOptions& script) {
  PairingOptions options;
  options.clock = ClockDomain::monotonic;
  options.by = script.by;
  options.args = false;
  options.durations = script.timing;
  options.from_log = !script.live;
  options.begins_inside = true;
  options.both_timed = true;
  options.follow = script.follow;
  options.tells_loss = script.tells_loss;
  options.child_returns = true;
  // Signals are not among what is recorded: only what returns with ERESTART* can be told to go on.
  options.continuations = false;
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

bool is_restart(std::int32_t error) { return error >= 512 && error <= 516 && error != 515; }

// CLONE_THREAD among the flags of clone(2), its first argument, in hexadecimal. Those of clone3 are not told.
bool makes_thread(std::int32_t number, std::string_view args) {
  constexpr std::uint64_t kCloneThread = 0x10000;
  if (syscall_name_or_empty(kNativeAbi, number) != "clone") return false;
  std::uint64_t flags = 0;
  std::from_chars(args.data(), args.data() + args.size(), flags, 16);
  return (flags & kCloneThread) != 0;
}

bool has(std::int32_t number, CallTrait trait) { return (call_traits(kNativeAbi, number) & trait) != 0; }

}  // namespace

ScriptTranslator::ScriptTranslator(const ScriptOptions& options)
    : filter_(options.filter), held_pid_(options.held_pid), pairing_(pairing_options(options), nullptr) {}

void ScriptTranslator::finish(SnapshotBuilder* sums) {
  for (const auto& [tid, held] : std::exchange(held_, {}))
    if (Task* task = pairing_.tasks().find(tid)) exit(held, *task, held.number, sums);
}

void ScriptTranslator::begin_log(std::string name, SnapshotBuilder* sums) {
  finish(sums);
  if (logs_++ > 0) pairing_.forget_tasks(now_ns_);
  account_.set_log(std::move(name));
  now_ns_.reset();
}

std::optional<std::uint64_t> ScriptTranslator::span_ns() const {
  if (logs_ != 1 || !first_ns_) return std::nullopt;
  return static_cast<std::uint64_t>(*now_ns_ - *first_ns_);
}

// perf merges the CPUs' buffers by time, but not strictly.
void ScriptTranslator::note_time(std::int64_t time_ns) {
  first_ns_ = std::min(first_ns_.value_or(time_ns), time_ns);
  now_ns_ = std::max(now_ns_.value_or(time_ns), time_ns);
  whole_microseconds_ = whole_microseconds_ && time_ns % 1'000 == 0;
}

void ScriptTranslator::line(const Line& line, SnapshotBuilder* sums) {
  if (line.overlong) return account_.reject(line, "longer than 16 MiB", 0);
  const ScriptParsed parsed = parse_script_line(line.text);
  if (const auto* found = std::get_if<ScriptRecord>(&parsed)) {
    // A number may have been cut.
    if (!line.terminated) return account_.reject(line, "cut off", line.text.size());
    if (record(line, *found, sums)) account_.record();
    return;
  }
  if (const auto* ignored = std::get_if<ScriptIgnored>(&parsed)) return account_.ignore(ignored->kind);
  const auto& rejected = std::get<ScriptRejected>(parsed);
  account_.reject(line, line.terminated ? rejected.reason : "cut off", rejected.column);
}

Task& ScriptTranslator::task_of(const ScriptRecord& record) {
  TaskTable& tasks = pairing_.tasks();
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
  TaskTable& tasks = pairing_.tasks();
  const auto comm = parent.comm;
  if (Task* known = tasks.find(record.other)) {
    if (known->unheard_of) return;
    held_.erase(record.other);
    pairing_.ended(*known);  // its number is used again; a damaged line may name the maker itself
  }
  tasks.add(record.other, record.other_process).comm = comm;
}

bool ScriptTranslator::still_held(const ScriptRecord& record, std::int32_t number) {
  if (!held_pid_ || record.tid != *held_pid_) return false;
  if (record.kind != ScriptKind::enter || !has(number, kExecutes)) return true;
  held_pid_.reset();
  return false;
}

// False: the line is none of the calls that were asked for, and has been accounted for.
bool ScriptTranslator::record(const Line& line, const ScriptRecord& record, SnapshotBuilder* sums) {
  if (record.kind == ScriptKind::lost) {
    pairing_.tool_lost(record.count);
    loss_without_number_ = loss_without_number_ || record.count == 0;
    account_.ignore("lost samples");
    return false;
  }
  Task& task = task_of(record);
  if (!held_.empty()) release(record, task, sums);
  if (record.kind == ScriptKind::enter || record.kind == ScriptKind::exit) {
    note_time(record.time_ns);  // that of a task's event may be 0
    const std::optional<std::int32_t> number = number_of(record, task);
    if (!number) {
      account_.reject(line, "no such call", 0);
      return false;
    }
    if (still_held(record, *number)) {
      account_.ignore("launcher");
      return false;
    }
    if (!begun_.empty()) begun_.erase(record.tid);
    if (record.kind == ScriptKind::enter) {
      enter(record, task, *number, sums != nullptr);
    } else if (is_restart(static_cast<std::int32_t>(-std::max(record.value, -kMostErrno)))) {
      ScriptRecord& held = held_[record.tid] = record;
      held.number = *number;
      held.comm = held.name = held.args = {};  // they go away with the line
    } else {
      exit(record, task, *number, sums);
    }
    if (filter_.selects(kNativeAbi, *number)) return true;
    account_.ignore("not selected");
    return false;
  }
  if (record.kind == ScriptKind::forked) fork(record, task);
  if (record.kind == ScriptKind::ended) end(task);
  if (record.kind == ScriptKind::executed && task.in_call && has(task.pending.number, kExecutes))
    begun_.insert(task.tid);
  account_.ignore("task event");
  return false;
}

void ScriptTranslator::end(Task& task) {
  const bool begun = begun_.erase(task.tid) > 0;
  return begun ? pairing_.hidden(task) : pairing_.ended(task);
}

// `record`: what the thread does next.
void ScriptTranslator::release(const ScriptRecord& record, Task& task, SnapshotBuilder* sums) {
  const auto found = held_.find(record.tid);
  if (found == held_.end()) return;
  const ScriptRecord held = found->second;
  held_.erase(found);
  if (record.kind != ScriptKind::ended || !task.in_call) exit(held, task, held.number, sums);
}

void ScriptTranslator::enter(const ScriptRecord& record, Task& task, std::int32_t number, bool tallies) {
  CallEntry entry;
  entry.abi = kNativeAbi;
  entry.number = number;
  entry.time_ns = record.time_ns;
  entry.counted = filter_.selects(kNativeAbi, number);
  PlainCall plain;
  plain.abi = entry.abi;
  plain.number = number;
  plain.counted = entry.counted;
  const bool usual = tallies && call_traits(kNativeAbi, number) == 0;
  if (!usual || !pairing_.tally_enter(task, plain, &record.time_ns)) pairing_.enter(task, entry);
  if (has(number, kClones)) pairing_.tasks().clone_begins(task, makes_thread(number, record.args));
  if (has(number, kNeverReturns)) pairing_.ended(task);
}

// The usual end of a call, without an event.
bool ScriptTranslator::tally(const ScriptRecord& record, Task& task, std::int32_t number,
                             SnapshotBuilder& sums) {
  if (call_traits(kNativeAbi, number) != 0 || !task.in_call || !task.pending.start_ns) return false;
  const std::int64_t duration = record.time_ns - *task.pending.start_ns;
  const bool failed = record.value < 0 && record.value >= -kMostErrno;
  const auto error = static_cast<std::int32_t>(failed ? -record.value : 0);
  if (duration < 0 || is_restart(error)) return false;
  const PlainCall call{number, error, duration, kNativeAbi, task.pending.counted};
  return pairing_.tally_return(task, call, true, sums);
}

void ScriptTranslator::exit(const ScriptRecord& record, Task& task, std::int32_t number,
                            SnapshotBuilder* sums) {
  if (sums != nullptr && tally(record, task, number, *sums)) return;
  if (!task.in_call && task.unheard_of && record.value == 0 && has(number, kClones))
    return pairing_.child_returned(task);
  if (record.value == 0 && has(number, kExecutes) && task.in_call && !has(task.pending.number, kExecutes)) {
    // Another thread's execve, which goes on under its leader's number.
    if (const Task* thread = pairing_.tasks().only_other_executing(task))
      pairing_.superseded(task, thread->tid);
  }
  CallExit exit;
  exit.abi = kNativeAbi;
  exit.number = number;
  exit.value = record.value;
  exit.time_ns = record.time_ns;
  exit.counted = filter_.selects(kNativeAbi, number);
  if (record.value < 0 && record.value >= -kMostErrno) {
    exit.error = static_cast<std::int32_t>(-record.value);
    exit.outcome = is_restart(exit.error) ? CallOutcome::restart : CallOutcome::failed;
  }
  pairing_.exit(task, exit);
}

}  // namespace latimer::perftrace
