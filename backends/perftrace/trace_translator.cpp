#include "backends/perftrace/trace_translator.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/model/call_traits.h"
#include "core/model/errno_table.h"
#include "core/model/syscall_table.h"

namespace latimer::perftrace {
namespace {

constexpr unsigned kMostPieces = 8;

PairingOptions pairing_options(const TranslatorOptions& trace) {
  PairingOptions options;
  options.clock = ClockDomain::monotonic;
  options.by = trace.by;
  options.args = false;
  options.durations = trace.timing;
  options.from_log = !trace.live;
  options.begins_inside = true;
  options.follow = trace.follow;
  options.child_returns = true;
  options.continuations = false;
  options.signals_unseen = true;
  options.half_counts = trace.live;
  return options;
}

bool is_wait4(std::int32_t number) { return number == syscall_number(kNativeAbi, "wait4"); }

// "clone(clone_flags: VM|FS|...|THREAD|SYSVSEM|..., newsp: ...)"; those of clone3 are not told.
bool makes_thread(std::string_view args) {
  constexpr std::string_view kThread = "THREAD";
  for (std::size_t at = 0; (at = args.find(kThread, at)) != std::string_view::npos; at += kThread.size()) {
    const char before = at == 0 ? ' ' : args[at - 1];
    const std::size_t end = at + kThread.size();
    const char after = end == args.size() ? ' ' : args[end];
    if ((before == '|' || before == ' ') && (after == '|' || after == ',' || after == ' ')) return true;
  }
  return false;
}

}  // namespace

TraceTranslator::TraceTranslator(const TranslatorOptions& options, TaskOracle* oracle)
    : LineTranslator(options, pairing_options(options), oracle), held_pid_(options.held_pid) {}

std::vector<std::string> TraceTranslator::warnings() const {
  if (backwards_ == 0) return {};
  return {fmt::format(
      "{} durations were below 0 (perf prints them as 2^64 less): the clocks of two CPUs differ; those "
      "calls have none",
      backwards_)};
}

void TraceTranslator::begin_log(std::string name) {
  give_up_piece();
  exiting_.clear();
  also_stopped_.clear();
  LineTranslator::begin_log(std::move(name));
}

void TraceTranslator::finish() {
  finish_text();
  LineTranslator::finish();
}

void TraceTranslator::finish_text() {
  give_up_piece();
  // Whoever was inside a call when another thread ended the process.
  std::vector<std::int32_t> gone;
  for (const auto& [tid, task] : pairing().tasks().tasks()) {
    if (std::find(exiting_.begin(), exiting_.end(), task.process) != exiting_.end()) gone.push_back(tid);
  }
  for (const std::int32_t tid : gone) pairing().ended(*pairing().tasks().find(tid));
}

void TraceTranslator::give_up_piece() {
  if (piece_lines_ == 0) return;
  piece_line_.text = piece_;
  account().reject(piece_line_, piece_line_.terminated ? "a record without an end" : "cut off", 0);
  for (unsigned more = 1; more < piece_lines_; ++more) account().ignore("part of a record");
  piece_.clear();
  piece_lines_ = 0;
}

// Whether the line was the next part of a record that has begun.
bool TraceTranslator::join(const Line& line) {
  const TraceParsed alone = parse_trace_line(line.text);
  const bool begins =
      !std::holds_alternative<TraceRejected>(alone) && !std::holds_alternative<TraceIgnored>(alone);
  if (begins || piece_lines_ >= kMostPieces) {
    give_up_piece();
    return false;
  }
  piece_ += '\n';
  piece_ += line.text;
  ++piece_lines_;
  piece_line_.terminated = line.terminated;
  const TraceParsed parsed = parse_trace_line(piece_);
  if (std::holds_alternative<TraceIncomplete>(parsed)) return true;
  const std::string whole = std::exchange(piece_, {});
  for (unsigned more = 1; more < std::exchange(piece_lines_, 0); ++more) account().ignore("part of a record");
  Line joined = piece_line_;
  joined.text = whole;
  take(joined, parsed);
  return true;
}

void TraceTranslator::line(const Line& line, SnapshotBuilder*) {
  if (line.overlong) {
    give_up_piece();
    return account().reject(line, "longer than 16 MiB", 0);
  }
  if (piece_lines_ > 0 && join(line)) return;
  const TraceParsed parsed = parse_trace_line(line.text);
  if (!std::holds_alternative<TraceIncomplete>(parsed)) return take(line, parsed);
  piece_ = line.text;
  piece_line_ = line;
  piece_lines_ = 1;
}

void TraceTranslator::take(const Line& line, const TraceParsed& parsed) {
  if (const auto* found = std::get_if<TraceRecord>(&parsed)) {
    // A number may have been cut.
    if (!line.terminated) return account().reject(line, "cut off", line.text.size());
    if (record(line, *found)) account().record();
    return;
  }
  if (const auto* lost = std::get_if<TraceLost>(&parsed)) {
    pairing().tool_lost(lost->count);
    return account().ignore("lost events");
  }
  if (const auto* ignored = std::get_if<TraceIgnored>(&parsed)) return account().ignore(ignored->kind);
  const auto& rejected = std::get<TraceRejected>(parsed);
  account().reject(line, line.terminated ? rejected.reason : "cut off", rejected.column);
}

Task& TraceTranslator::task_of(const TraceRecord& record) {
  TaskTable& tasks = pairing().tasks();
  Task* only = record.tid == 0 ? tasks.only_one() : nullptr;
  Task& task = only != nullptr ? *only : tasks.get(record.tid);
  // ":TID" stands for a name that perf does not know.
  if (!record.comm.empty() && !record.comm.starts_with(':')) task.set_comm(record.comm);
  return task;
}

// False: it is none of the calls that were asked for, or cannot be one, and has been accounted for.
bool TraceTranslator::record(const Line& line, const TraceRecord& record) {
  const auto number = syscall_number(kNativeAbi, record.name);
  if (!number) {
    account().reject(line, "no such call", 0);
    return false;
  }
  const bool excluded = excluded_.contains(record.tid);
  heard_excluded_ = heard_excluded_ || excluded;
  if (excluded || still_held(record, *number)) {
    account().ignore("Latimer's own");
    return false;
  }
  if (record.start_ns) note_time(*record.start_ns);
  backwards_ += record.backwards ? 1 : 0;
  Task& task = task_of(record);
  if (record.kind == TraceKind::entered && late_until_ns_ && has_trait(*number, kExecutes) &&
      record.start_ns.value_or(*late_until_ns_) < *late_until_ns_) {
    pairing().tasks().end(task.tid);  // its end has been printed already
    late_until_ns_.reset();
  } else if (record.kind == TraceKind::entered) {
    enter(record, task, *number);
  } else {
    leave(record, task, *number);
  }
  if (selects(*number)) return true;
  account().ignore("not selected");
  return false;
}

bool TraceTranslator::still_held(const TraceRecord& record, std::int32_t number) {
  if (!held_pid_ || record.tid != *held_pid_) return false;
  if (record.kind == TraceKind::continued || !has_trait(number, kExecutes)) return true;
  held_pid_.reset();
  return false;
}

void TraceTranslator::note_clone(Task& task, std::int32_t number, const TraceRecord& record) {
  if (has_trait(number, kClones)) pairing().tasks().clone_begins(task, makes_thread(record.args));
}

void TraceTranslator::enter(const TraceRecord& record, Task& task, std::int32_t number) {
  if (task.in_call && has_trait(task.pending.number, kSigreturns)) {
    CallExit unseen;  // perf does not know whose return it is, and drops it
    unseen.abi = kNativeAbi;
    unseen.number = task.pending.number;
    unseen.counted = selects(task.pending.number);
    pairing().exit(task, unseen);
  }
  CallEntry entry;
  entry.abi = kNativeAbi;
  entry.number = number;
  entry.time_ns = record.start_ns;
  entry.counted = selects(number);
  pairing().enter(task, entry);
  note_clone(task, number, record);
  if (is_wait4(number) && record.args.find("UNTRACED") != std::string_view::npos)
    also_stopped_.insert(task.tid);
}

// execve of a thread that is not the leader comes back under the leader's number and with the times of the
// call that the leader was in.
void TraceTranslator::leave_leader(const TraceRecord& record, Task& leader, Task& thread,
                                   std::int32_t number) {
  const std::optional<std::int64_t> began = thread.pending.start_ns;
  pairing().superseded(leader, thread.tid);
  CallExit exit;
  exit.abi = kNativeAbi;
  exit.number = number;
  exit.value = 0;
  exit.counted = selects(number);
  if (began && record.start_ns && record.duration_ns) {
    const std::int64_t duration = *record.start_ns + *record.duration_ns - *began;
    if (duration >= 0) exit.duration_ns = duration;
  }
  pairing().exit(leader, exit);
}

// The same, when the thread's "execve(...) ..." is printed behind it.
void TraceTranslator::leave_before_entry(const TraceRecord& record, Task& leader, std::int32_t number) {
  pairing().superseded(leader, leader.tid);
  CallEntry entry;
  entry.abi = kNativeAbi;
  entry.number = number;
  entry.counted = selects(number);
  CallExit exit;
  exit.abi = kNativeAbi;
  exit.number = number;
  exit.value = 0;
  exit.counted = entry.counted;
  pairing().call(leader, entry, exit);
  late_until_ns_ = *record.start_ns + record.duration_ns.value_or(0);
}

// A clone's end that is not the maker's: its value is 0, or perf does not know the task and prints none.
bool TraceTranslator::returns_in_child(const TraceRecord& record, const Task& task,
                                       std::int32_t number) const {
  if (!has_trait(number, kClones)) return false;
  if (record.returned == TraceReturn::value) return record.value == 0;
  return record.returned == TraceReturn::unknown && !record.start_ns && !task.in_call;
}

void TraceTranslator::leave(const TraceRecord& record, Task& task, std::int32_t number) {
  const bool continued = record.kind == TraceKind::continued;
  if (continued && returns_in_child(record, task, number)) return pairing().child_returned(task);
  const bool zero = record.returned == TraceReturn::value && record.value == 0;
  if (continued && zero && has_trait(number, kExecutes) &&
      !(task.in_call && has_trait(task.pending.number, kExecutes))) {
    Task* thread = pairing().tasks().only_other_executing(task);
    // Of threads that clone3 made nobody says whose they are.
    if (thread == nullptr) thread = pairing().tasks().only_executing_but(task);
    if (thread != nullptr) return leave_leader(record, task, *thread, number);
    if (record.start_ns) return leave_before_entry(record, task, number);
  }
  // Its beginning was not printed, or has been forgotten: then the line has no time, or it tells it again.
  const bool told_before = continued && task.in_call && task.pending.number == number;
  const bool begins_here = !continued || (!told_before && record.start_ns);
  if (begins_here) enter(record, task, number);

  CallExit exit;
  exit.abi = kNativeAbi;
  exit.number = number;
  exit.counted = selects(number);
  exit.duration_ns = record.duration_ns;
  switch (record.returned) {
    case TraceReturn::value:
      exit.value = record.value;
      break;
    case TraceReturn::error:
      exit.value = -record.error;
      exit.error = record.error;
      exit.outcome = is_restart_errno(record.error) ? CallOutcome::restart : CallOutcome::failed;
      break;
    case TraceReturn::never:
      exit.outcome = CallOutcome::never;
      break;
    case TraceReturn::unknown:
    case TraceReturn::missing:
      break;
  }
  const std::int32_t tid = task.tid;
  if (record.returned == TraceReturn::never) group_exits(task);
  pairing().exit(task, exit);
  if (record.returned == TraceReturn::never) pairing().tasks().end(tid);
  if (is_wait4(number) && !also_stopped_.erase(tid) && exit.value.value_or(0) > 0) waited_for(*exit.value);
}

// Of a child that was killed inside a call nothing more is printed; but its parent comes to know.
void TraceTranslator::waited_for(std::int64_t pid) {
  if (pid > INT32_MAX) return;
  Task* child = pairing().tasks().find(static_cast<std::int32_t>(pid));
  if (child != nullptr && child->in_call) pairing().ended(*child);
}

// The last call of a thread, or of all threads of its process: those that are in a call come back from it
// with an error, or never.
void TraceTranslator::group_exits(const Task& task) {
  if (task.pending.number != syscall_number(kNativeAbi, "exit_group")) return;
  std::erase_if(exiting_, [](const auto& process) { return process.use_count() == 1; });
  if (task.process.use_count() > 1) exiting_.push_back(task.process);
}

}  // namespace latimer::perftrace
