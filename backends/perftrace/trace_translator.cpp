#include "backends/perftrace/trace_translator.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "backends/perftrace/trace_call.h"
#include "core/model/call_traits.h"
#include "core/model/errno_table.h"
#include "core/model/syscall_table.h"

namespace latimer::perftrace {
namespace {

// Of a record in several lines: perf prints 2 KiB of arguments at most, and paths are no longer than 4 KiB.
constexpr unsigned kMostPieces = 8;
constexpr std::size_t kMostOfPieces = std::size_t{64} << 10;  // bytes

PairingOptions pairing_options(const TranslatorOptions& trace) {
  PairingOptions options;
  options.clock = ClockDomain::monotonic;
  options.by = trace.by;
  options.args = trace.details;
  options.births = trace.details;
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

// Whether it is the beginning of a record, and of no part of one.
bool begins_record(const TraceParsed& parsed) {
  if (const auto* ignored = std::get_if<TraceIgnored>(&parsed))
    return ignored->kind == "page fault" || ignored->kind == "other event";
  const auto* rejected = std::get_if<TraceRejected>(&parsed);
  return rejected == nullptr || rejected->column > 0;
}

// "options: NOHANG|UNTRACED": such a wait may return for a child that lives.
bool waits_for_living(std::string_view args) {
  return args.find("UNTRACED") != std::string_view::npos || args.find("CONTINUED") != std::string_view::npos;
}

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
    : LineTranslator(options, pairing_options(options), oracle),
      details_(options.details),
      held_pid_(options.held_pid),
      wait4_(syscall_number(kNativeAbi, "wait4").value_or(-1)),
      exit_group_(syscall_number(kNativeAbi, "exit_group").value_or(-1)),
      rt_sigreturn_(syscall_number(kNativeAbi, "rt_sigreturn").value_or(-1)) {}

void TraceTranslator::counted(std::uint64_t sigreturns, std::uint64_t all) {
  std::uint64_t told = entries_ + lost_ + ledger().lost_enters.value_or(0);
  if (sigreturns > sigreturns_ + lost_) {
    const std::uint64_t more = sigreturns - sigreturns_ - lost_;
    told += more;
    pairing().never_told(rt_sigreturn_, more);
  }
  if (all > told) pairing().skipped(all - told);
}

std::vector<std::string> TraceTranslator::warnings() const {
  if (backwards_ == 0) return {};
  return {fmt::format(
      "{} durations were below 0 (perf prints them as 2^64 less): the clocks of two CPUs differ; those "
      "calls have none",
      backwards_)};
}

void TraceTranslator::begin_log(std::string name) {
  end_log();
  LineTranslator::begin_log(std::move(name));
}

void TraceTranslator::finish() {
  end_log();
  LineTranslator::finish();
}

bool TraceTranslator::is_exiting(const Task& task) const {
  return std::find(exiting_.begin(), exiting_.end(), task.process) != exiting_.end();
}

// Whoever was inside a call when another thread ended the process, or was killed and waited for.
void TraceTranslator::end_log() {
  give_up_piece();
  if (early_leader_) settle_leader({}, -1);
  while (!early_.empty()) settle_early(early_.begin()->first);
  for (const std::int32_t tid : waited_for_)
    if (const Task* task = pairing().tasks().find(tid)) exiting_.push_back(task->process);
  std::sort(exiting_.begin(), exiting_.end());
  std::vector<std::int32_t> gone;
  for (const auto& [tid, task] : pairing().tasks().tasks())
    if (std::binary_search(exiting_.begin(), exiting_.end(), task.process)) gone.push_back(tid);
  for (const std::int32_t tid : gone) pairing().ended(*pairing().tasks().find(tid));
  exiting_.clear();
  also_alive_.clear();
  waited_for_.clear();
  returned_since_.clear();
  losses_ = 0;
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
  const bool too_much = piece_lines_ >= kMostPieces || piece_.size() + line.text.size() > kMostOfPieces;
  if (too_much || begins_record(parse_trace_line(line.text))) {
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
  for (unsigned lines = std::exchange(piece_lines_, 0); lines > 1; --lines)
    account().ignore("part of a record");
  Line joined = piece_line_;
  joined.text = whole;
  take(joined, parsed, nullptr);
  return true;
}

void TraceTranslator::line(const Line& line, SnapshotBuilder* sums) {
  if (line.overlong) {
    give_up_piece();
    return account().reject(line, "longer than 16 MiB", 0);
  }
  if (piece_lines_ > 0 && join(line)) return;
  const TraceParsed parsed = parse_trace_line(line.text);
  if (!std::holds_alternative<TraceIncomplete>(parsed)) return take(line, parsed, sums);
  piece_ = line.text;
  piece_line_ = line;
  piece_lines_ = 1;
}

void TraceTranslator::take(const Line& line, const TraceParsed& parsed, SnapshotBuilder* sums) {
  if (const auto* found = std::get_if<TraceRecord>(&parsed)) {
    // A number may have been cut.
    if (!line.terminated) return account().reject(line, "cut off", line.text.size());
    if (record(line, *found, sums)) account().record();
    return;
  }
  if (const auto* lost = std::get_if<TraceLost>(&parsed)) {
    pairing().tool_lost(lost->count);
    lost_ += lost->count;
    ++losses_;
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
  if (!record.comm.empty() && record.comm != std::string_view(task.comm.data()) &&
      !record.comm.starts_with(':'))
    task.set_comm(record.comm);
  return task;
}

// False: it is none of the calls that were asked for, or cannot be one, and has been accounted for.
bool TraceTranslator::record(const Line& line, const TraceRecord& record, SnapshotBuilder* sums) {
  const std::optional<std::int32_t> number = syscall_number(kNativeAbi, record.name);
  if (!number) {
    account().reject(line, "no such call", 0);
    return false;
  }
  const bool excluded = excluded_.contains(record.tid);
  const bool was_held = held_pid_ == record.tid;
  heard_excluded_ = heard_excluded_ || excluded;
  if (excluded || still_held(record, *number)) {
    account().ignore("Latimer's own");
    return false;
  }
  // The kernel began to count within the execve that ends the hold.
  if (!was_held) note_entry(record, *number);
  if (record.start_ns) {
    note_time(*record.start_ns);
    note_time(*record.start_ns + record.duration_ns.value_or(0));
  }
  backwards_ += record.backwards ? 1 : 0;
  if (!early_leader_ || !settle_leader(record, *number)) call(record, *number, sums);
  if (selects(*number)) return true;
  account().ignore("not selected");
  return false;
}

void TraceTranslator::note_entry(const TraceRecord& record, std::int32_t number) {
  if (record.kind == TraceKind::continued) return;
  sigreturns_ += number == rt_sigreturn_ ? 1 : 0;
  entries_ += number <= kKnownToAll ? 1 : 0;
}

void TraceTranslator::call(const TraceRecord& record, std::int32_t number, SnapshotBuilder* sums) {
  Task& task = task_of(record);
  const bool was_dead = !waited_for_.empty() && waited_for_.erase(task.tid) > 0;
  if (!early_.empty() && came_early(record, task, number)) return;
  if (record.kind == TraceKind::entered) return enter(record, task, number);
  if (record.kind == TraceKind::whole && number == rt_sigreturn_) return another_calls_end(record, task);
  if (sums == nullptr || !tally(record, task, number, *sums)) leave(record, task, number, was_dead);
}

bool TraceTranslator::still_held(const TraceRecord& record, std::int32_t number) {
  if (!held_pid_ || record.tid != *held_pid_) return false;
  if (record.kind == TraceKind::continued || !has_trait(number, kExecutes)) return true;
  held_pid_.reset();
  return false;
}

// The usual call, without an event.
bool TraceTranslator::tally(const TraceRecord& record, Task& task, std::int32_t number,
                            SnapshotBuilder& sums) {
  const bool returned = record.returned != TraceReturn::never && !is_restart_errno(record.error);
  if (record.kind != TraceKind::whole || !returned || !record.duration_ns || number == wait4_) return false;
  if (losses_ > 0 || call_traits(kNativeAbi, number) != 0) return false;
  const PlainCall call{number, record.error, *record.duration_ns, kNativeAbi, selects(number)};
  return pairing().tally_return(task, call, false, sums);
}

void TraceTranslator::note_clone(Task& task, std::int32_t number, const TraceRecord& record) {
  if (has_trait(number, kClones)) pairing().tasks().clone_begins(task, makes_thread(record.args));
}

// perf does not know whose return it is, and drops it.
void TraceTranslator::sigreturn_returned(Task& task) {
  CallExit unseen;
  unseen.abi = kNativeAbi;
  unseen.number = task.pending.number;
  unseen.counted = selects(task.pending.number);
  pairing().exit(task, unseen);
}

// The end of rt_sigreturn is never told. What stands behind its name is that of a call whose beginning perf
// trace has skipped, and whose name it does not print.
void TraceTranslator::another_calls_end(const TraceRecord& record, Task& task) {
  enter(record, task, rt_sigreturn_);
  sigreturn_returned(task);
  pairing().nameless_return(task);
}

void TraceTranslator::enter(const TraceRecord& record, Task& task, std::int32_t number) {
  if (task.in_call && has_trait(task.pending.number, kSigreturns)) sigreturn_returned(task);
  CallEntry entry;
  entry.abi = kNativeAbi;
  entry.number = number;
  entry.time_ns = record.start_ns;
  entry.counted = selects(number);
  if (details_) entry.args = record.args;
  pairing().enter(task, entry);
  note_clone(task, number, record);
  if (number == wait4_ && waits_for_living(record.args)) also_alive_.insert(task.tid);
}

// Whether this is the thread's first return since something was lost. perf measures from the latest entry
// that it has seen, which may be that of an earlier call.
bool TraceTranslator::after_loss(std::int32_t tid) {
  return losses_ > 0 && std::exchange(returned_since_[tid], losses_) != losses_;
}

CallExit TraceTranslator::exit_of(const TraceRecord& record, std::int32_t number) {
  CallExit exit;
  exit.abi = kNativeAbi;
  exit.number = number;
  exit.counted = selects(number);
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
  return exit;
}

void TraceTranslator::leave(const TraceRecord& record, Task& task, std::int32_t number, bool was_dead) {
  if (born(record, task, number, was_dead)) return;
  if (may_lead(record, task, number)) {
    if (leave_leader(record, task, number)) return;
    early_leader_ = EarlyLeader{record, number};
    early_leader_->record.comm = early_leader_->record.name = early_leader_->record.args = {};
    return;
  }
  leave_own(record, task, number);
}

// What is told of a call is its thread's.
void TraceTranslator::leave_own(const TraceRecord& record, Task& task, std::int32_t number) {
  const std::int32_t tid = task.tid;
  const bool continued = record.kind == TraceKind::continued;
  if (!continued) enter(record, task, number);

  CallExit exit = exit_of(record, number);
  // Of a call whose entry it has lost perf tells the time since the entry before.
  const bool told_before = continued && task.in_call && task.pending.number == number;
  const bool its_own = !continued || (told_before && task.pending.start_ns == record.start_ns);
  if (!after_loss(tid) && its_own) exit.duration_ns = record.duration_ns;
  if (continued && !record.start_ns && !task.in_call && !task.unheard_of && !record.comm.starts_with(':')) {
    early_[tid] = exit;
    return;
  }
  if (record.returned == TraceReturn::never) group_exits(task);
  pairing().exit(task, exit);
  if (record.returned == TraceReturn::never) pairing().tasks().end(tid);
  if (number == wait4_ && also_alive_.erase(tid) == 0 && exit.value.value_or(0) > 0) waited_for(*exit.value);
}

}  // namespace latimer::perftrace
