#include "core/engine/pairing.h"

#include <algorithm>
#include <utility>

#include "core/model/call_traits.h"

namespace latimer {
namespace {

bool has(Abi abi, std::int32_t number, CallTrait trait) { return (call_traits(abi, number) & trait) != 0; }

bool same_call(const PendingCall& call, const CallExit& exit) {
  if (exit.number == -1 || call.number == -1 || exit.number == call.number) return true;
  if (call.began_before && has(exit.abi, exit.number, kRestarts)) return true;
  // execveat may come back as execve
  return has(call.abi, call.number, kExecutes) && has(exit.abi, exit.number, kExecutes);
}

void add(Count& count) { count = count.value_or(0) + 1; }

}  // namespace

Pairing::Pairing(const PairingOptions& options, TaskOracle* oracle)
    : options_(options), oracle_(oracle), tasks_(oracle, options.follow, true) {
  for (Count* count : {&ledger_.enters, &ledger_.exits, &ledger_.completed, &ledger_.no_return,
                       &ledger_.began_before_attach, &ledger_.lost_enters, &ledger_.lost_exits}) {
    *count = 0;
  }
  if (options_.births) tasks_.want_births();
  if (options_.child_returns) ledger_.child_returns = 0;
  ledger_.lost[static_cast<std::size_t>(LossReason::mismatch)] = 0;
}

void Pairing::clear() {
  events_.clear();
  losses_.clear();
  texts_.clear();
}

void Pairing::lose(LossReason reason) {
  ledger_.add_loss(reason, 1);
  losses_.push_back({reason, 1});
}

// One end of that call was not told.
void Pairing::lose_end(const Task& task, const PendingCall& call, std::int32_t error) {
  if (!options_.half_counts || call.began_before) return lose(LossReason::mismatch);
  lose(LossReason::half_told);
  SyscallEvent& event = emit(task, call, EventKind::began_before);
  event.flags |= kHalfSeen;
  event.error = error;
}

SyscallEvent& Pairing::emit(const Task& task, const PendingCall& call, EventKind kind) {
  if (options_.births) tell_births();
  SyscallEvent& event = events_.emplace_back();
  event.kind = kind;
  event.abi = call.abi;
  event.clock = options_.clock;
  event.flags = call.flags;
  event.continuations_known = options_.continuations;
  event.number = call.number;
  event.tid = task.tid;
  event.tgid = task.process->tgid;
  event.epoch = task.process->epoch;
  event.comm = task.comm;
  if (!call.began_before) event.start_ns = call.start_ns;
  return event;
}

// Attaching interrupts a sleeping call, which is then entered again: that is the tracer's doing, and the call
// is an older one.
void Pairing::note_attached(const Task& task, PendingCall& call) {
  if (!task.attached_in) return;
  if (call.number != *task.attached_in && !has(call.abi, call.number, kRestarts)) return;
  call.began_before = true;
  call.number = *task.attached_in;
  call.start_ns = task.attached_ns;
}

// Fills in what the thread's past says about this call: whether it continues an interrupted one, or began
// before Latimer attached.
void Pairing::begin_restartable(Task& task, PendingCall& call) {
  task.unheard_of = false;
  note_attached(task, call);
  task.attached_in.reset();
  if (call.began_before) return;
  const bool restart = has(call.abi, call.number, kRestarts);
  if (task.restarts.entered(call.number, has(call.abi, call.number, kSigreturns), restart))
    call.flags |= kContinuation;
}

void Pairing::set_entry(PendingCall& call, const CallEntry& entry) {
  call.abi = entry.abi;
  call.number = entry.number;
  call.counted = entry.counted;
  call.began_before = false;
  call.flags = entry.flags;
  call.start_ns = entry.time_ns;
}

// From the entry of the call before, when nothing else is known of how long that took, to this one.
void Pairing::note_gap(Task& task, const PendingCall& next) {
  if (!task.untimed) return;
  if (next.start_ns && *next.start_ns >= task.untimed->start_ns) {
    PendingCall before;
    before.abi = task.untimed->abi;
    before.number = task.untimed->number;
    before.start_ns = task.untimed->start_ns;
    SyscallEvent& event = emit(task, before, EventKind::gap);
    event.duration_ns = *next.start_ns - task.untimed->start_ns;
  }
  task.untimed.reset();
}

void Pairing::found_inside(Task& task, std::int32_t number, bool counted, std::int64_t time_ns) {
  CallEntry entry;
  entry.abi = kNativeAbi;
  entry.number = number;
  entry.time_ns = time_ns;
  entry.counted = counted;
  set_entry(task.pending, entry);
  task.pending.began_before = true;
  task.pending.args.clear();
  task.in_call = true;
}

// What was only found_inside(), and not seen to be entered, may have been left meanwhile.
bool Pairing::only_found(const Task& task) const {
  return options_.begins_inside && task.unheard_of && task.pending.began_before;
}

void Pairing::enter(Task& task, const CallEntry& entry) {
  go_on(task);
  if (task.in_call) {  // the exit of the call before was not printed
    if (counts(task, task.pending) && !only_found(task)) {
      if (!task.pending.began_before) add(ledger_.lost_exits);
      lose_end(task, task.pending, 0);
    }
    if (task.cloning != Task::Cloning::no) tasks_.clone_ends(task, std::nullopt);
  }
  PendingCall& call = task.pending;
  set_entry(call, entry);
  if (options_.args) call.args.assign(entry.args);
  task.in_call = true;
  if (has(call.abi, call.number, kExecutes)) TaskTable::executes(task);
  note_gap(task, call);
  begin_restartable(task, call);
  if (counts(task, call) && !call.began_before) add(ledger_.enters);
}

Pairing::Timing Pairing::timing_of(const PendingCall& call, const CallExit& exit) const {
  Timing timing;
  timing.start_ns = call.start_ns;
  if (!options_.durations) return timing;
  timing.duration_ns = exit.duration_ns;
  if (!timing.duration_ns && call.start_ns && exit.time_ns && (options_.both_timed || !options_.from_log)) {
    timing.source = DurationSource::paired;
    timing.duration_ns = *exit.time_ns - *call.start_ns;
    timing.clamped = *timing.duration_ns < 0;
    if (timing.clamped) timing.duration_ns = 0;
  }
  return timing;
}

void Pairing::finish(Task& task, const PendingCall& call, const CallExit& exit, std::string_view args) {
  if (counts(task, call)) {
    add(ledger_.exits);
    SyscallEvent& event =
        emit(task, call, call.began_before ? EventKind::began_before : EventKind::completed);
    add(call.began_before ? ledger_.began_before_attach : ledger_.completed);
    event.flags |= exit.flags;
    event.return_value = exit.value;
    // What rt_sigreturn "returns" is a register of the interrupted code, and no error of its own.
    if (!has(call.abi, call.number, kSigreturns)) event.error = exit.error;
    event.text_args = args;
    if (!call.began_before) {
      const Timing timing = timing_of(call, exit);
      event.duration_ns = timing.duration_ns;
      event.duration_source = timing.source;
      if (timing.clamped) event.flags |= kClamped;
    }
  }
  after_exit(task, call, exit);
}

// What a return means beyond itself.
void Pairing::after_exit(Task& task, const PendingCall& call, const CallExit& exit) {
  if (options_.from_log && !options_.both_timed && options_.durations && !exit.duration_ns && call.start_ns &&
      counts(task, call))
    task.untimed = UntimedCall{call.abi, call.number, *call.start_ns};
  if (task.cloning != Task::Cloning::no) {
    std::optional<std::int32_t> child;
    if (exit.outcome == CallOutcome::returned && exit.value && *exit.value > 0 && *exit.value <= INT32_MAX) {
      child = static_cast<std::int32_t>(*exit.value);
    }
    tasks_.clone_ends(task, child);
  }
  if (exit.outcome == CallOutcome::restart) task.restarts.interrupted(call.number, exit.error);
  if (has(call.abi, call.number, kSigreturns)) task.restarts.sigreturn_returned(exit.error);
  if (has(call.abi, call.number, kExecutes) && exit.outcome == CallOutcome::returned) tasks_.executed(task);
}

void Pairing::died_inside(Task& task, const PendingCall& call) {
  if (task.cloning != Task::Cloning::no) tasks_.clone_ends(task, std::nullopt);
  if (!counts(task, call)) return;
  if (!call.began_before) add(ledger_.no_return);
  emit(task, call,
       has(call.abi, call.number, kNeverReturns) ? EventKind::no_return : EventKind::killed_inside);
}

bool Pairing::began_before(const Task& task) const {
  return task.attached_in || ((options_.from_log || options_.begins_inside) && task.unheard_of);
}

void Pairing::returned_unseen(Task& task, PendingCall& call, const CallExit& exit) {
  add(ledger_.exits);
  const bool before = began_before(task);
  if (!before && options_.tells_loss && !task.in_call) {
    ++never_entered_;
    SyscallEvent& event = emit(task, call, EventKind::refused);
    event.return_value = exit.value;
    event.error = exit.error;
    return;
  }
  if (before) {
    add(ledger_.began_before_attach);
  } else {
    add(ledger_.lost_enters);
    const bool a_value = has(call.abi, call.number, kSigreturns);
    lose_end(task, call, a_value ? 0 : exit.error);
  }
  if (!before && !options_.from_log) return;
  call.began_before = true;
  SyscallEvent& event = emit(task, call, EventKind::began_before);
  event.return_value = exit.value;
  if (!has(call.abi, call.number, kSigreturns)) event.error = exit.error;
  if (!options_.from_log) return;
  event.flags |= kHalfSeen;
  if (options_.durations) event.duration_ns = exit.duration_ns;
}

// An exit whose entry was not seen.
void Pairing::orphan(Task& task, const CallExit& exit) {
  PendingCall call;
  call.abi = exit.abi;
  call.number = exit.number;
  call.counted = exit.counted;
  if (counts(task, call)) {
    if (exit.outcome != CallOutcome::never) {
      returned_unseen(task, call, exit);
    } else if (options_.from_log) {
      emit(task, call,
           has(call.abi, call.number, kNeverReturns) ? EventKind::no_return : EventKind::killed_inside);
    }
  }
  task.attached_in.reset();
  task.unheard_of = false;
  after_exit(task, call, exit);
}

void Pairing::go_on(Task& task) {
  if (cut_short_.empty()) return;
  const auto found = cut_short_.find(task.tid);
  if (found == cut_short_.end()) return;
  const CallExit exit = found->second;
  cut_short_.erase(found);
  leave(task, exit);
}

void Pairing::exit(Task& task, const CallExit& exit) {
  go_on(task);
  if (!options_.signals_unseen || exit.outcome != CallOutcome::restart) return leave(task, exit);
  CallExit& kept = cut_short_[task.tid] = exit;
  kept.args = {};  // go away with the line
}

void Pairing::settle() {
  for (const auto& [tid, exit] : std::exchange(cut_short_, {}))
    if (Task* task = tasks_.find(tid)) leave(*task, exit);
}

void Pairing::leave(Task& task, const CallExit& exit) {
  if (task.in_call && only_found(task)) {
    task.pending.abi = exit.abi;
    task.pending.counted = exit.counted;
    if (exit.number != -1) task.pending.number = exit.number;
    task.unheard_of = false;
  }
  // The end of another call: the open one may still come to its own.
  if (task.in_call && !same_call(task.pending, exit)) return orphan(task, exit);
  if (!task.in_call && has(exit.abi, exit.number, kExecutes)) {
    // Without the line that says so, a thread's execve comes back under its leader's tid.
    if (Task* thread = tasks_.only_other_executing(task)) tasks_.supersede(task, thread->tid);
  }
  if (!task.in_call) return orphan(task, exit);
  task.in_call = false;
  if (exit.outcome == CallOutcome::never) return died_inside(task, task.pending);
  std::string_view args;
  if (options_.args && counts(task, task.pending))
    args = texts_.emplace_back(task.pending.args).append(exit.args);
  finish(task, task.pending, exit, args);
}

void Pairing::call(Task& task, const CallEntry& entry, const CallExit& exit) {
  go_on(task);
  if (task.in_call || (options_.signals_unseen && exit.outcome == CallOutcome::restart)) {
    enter(task, entry);
    return this->exit(task, exit);
  }
  set_entry(whole_, entry);
  note_gap(task, whole_);
  begin_restartable(task, whole_);
  if (counts(task, whole_) && !whole_.began_before) add(ledger_.enters);
  if (exit.outcome == CallOutcome::never) return died_inside(task, whole_);
  finish(task, whole_, exit, entry.args);
}

void Pairing::child_returned(Task& task) {
  task.unheard_of = false;
  if (!task.process->followed) return;
  add(ledger_.exits);
  add(ledger_.child_returns);
}

void Pairing::tool_lost(std::uint64_t count) {
  tasks_.forget_starts();
  if (count == 0) return;
  ledger_.add_loss(LossReason::tool_reported, count);
  losses_.push_back({LossReason::tool_reported, count});
}

void Pairing::never_told(std::int32_t number, std::uint64_t calls) {
  Task nobody;
  nobody.process = std::make_shared<Process>();
  PendingCall call;
  call.abi = kNativeAbi;
  call.number = number;
  for (; calls > 0; --calls) lose_end(nobody, call, 0);
}

void Pairing::skipped(std::uint64_t calls) {
  ledger_.add_loss(LossReason::skipped, calls);
  losses_.push_back({LossReason::skipped, calls});
}

void Pairing::nameless_return(const Task& task) {
  if (!task.process->followed) return;
  add(ledger_.exits);
  add(ledger_.lost_enters);
  lose(LossReason::skipped);
}

void Pairing::signal(Task& task, std::int32_t number) {
  task.unheard_of = false;
  if (!options_.continuations) return;
  task.restarts.signal(oracle_ != nullptr ? oracle_->catches(task.tid, number) : std::nullopt);
}

void Pairing::hidden(Task& task) {
  cut_short_.erase(task.tid);
  if (task.in_call && counts(task, task.pending)) {
    if (!task.pending.began_before) add(ledger_.lost_exits);
    lose(LossReason::hidden);
  }
  if (task.cloning != Task::Cloning::no) tasks_.clone_ends(task, std::nullopt);
  tasks_.end(task.tid);
}

void Pairing::forget_tasks(std::optional<std::int64_t> now_ns) {
  settle();
  left_open_entered_ += open_calls();
  append_in_flight(left_open_, now_ns);
  tasks_.clear();
  if (!options_.births) return;
  SyscallEvent& event = events_.emplace_back();
  event.kind = EventKind::new_run;
  event.clock = options_.clock;
}

}  // namespace latimer
