// Pairing: entries and exits of calls, as text tracers print them apart, joined to events. Once, for all text
// backends.
//
// A backend's translator tells, line by line, what happened to which thread; events and losses come out, and
// the ledger's terms are counted one by one. Not thread-safe. Memory: live threads and their open calls.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/engine/task_table.h"
#include "core/model/ledger.h"
#include "core/model/loss.h"
#include "core/model/subject.h"
#include "core/model/syscall_event.h"
#include "core/stats/snapshot.h"
#include "core/stats/snapshot_builder.h"

namespace latimer {

struct PairingOptions {
  ClockDomain clock = ClockDomain::realtime;
  GroupBy by = GroupBy::none;
  bool follow = true;         // processes that appear later count
  bool continuations = true;  // signals and rt_sigreturn are in the stream, so restarts can be told
  bool args = true;           // events carry the arguments as text
  bool durations = true;      // false: counts are enough
  // What is read was recorded: it may begin anywhere, so the first that is heard of a thread may be the end
  // of a call, which then counts all the same; and only durations that the tracer printed are told, because
  // time stamps would give one to just those calls that another thread interrupted.
  bool from_log = false;
  // Entries and exits both have their times, always, and durations come from those, also of a log.
  bool both_timed = false;
  // Returns of clone and its kin in the child are told.
  bool child_returns = false;
  // Watching begins at once for all threads, wherever they are: the first that is heard of one may be the end
  // of a call.
  bool begins_inside = false;
  // The tracer tells of every entry, or that it has lost some: where it has lost nothing, a call that returns
  // and was never entered was refused.
  bool tells_loss = false;
  // A call that returns with ERESTART* may be one that its thread dies in (of the signal): it counts as
  // returned once the thread goes on.
  bool signals_unseen = false;
  // The tracer skips single entries and exits without a word. A call of which one end is told was made: it
  // counts.
  bool half_counts = false;
  // Births and ends of tasks are told as events, too.
  bool births = false;
};

// What a tracer says about a call's beginning.
struct CallEntry {
  Abi abi = Abi::x86_64;
  std::int32_t number = -1;
  std::optional<std::int64_t> time_ns;
  std::string_view args;
  bool counted =
      true;  // false: only its consequences matter (clone, execve, rt_sigreturn that nobody asked for)
  std::uint8_t flags = 0;  // EventFlag
};

enum class CallOutcome : std::uint8_t { returned, failed, restart, never };

struct CallExit {
  CallOutcome outcome = CallOutcome::returned;
  Abi abi = Abi::x86_64;
  std::int32_t number = -1;  // -1: not said
  std::optional<std::int64_t> value;
  std::int32_t error = 0;                   // positive errno
  std::optional<std::int64_t> time_ns;      // of the exit; nullopt: not said
  std::optional<std::int64_t> duration_ns;  // as the tracer measured it
  std::string_view args;                    // the rest of them
  bool counted = true;                      // when its entry is not known
  std::uint8_t flags = 0;
};

// A call that does nothing to its task (call_traits() is 0), whose arguments and value nobody asks for.
struct PlainCall {
  std::int32_t number = -1;
  std::int32_t error = 0;        // positive errno; 0: it returned without one
  std::int64_t duration_ns = 0;  // unless it is only being entered
  Abi abi = Abi::x86_64;
  bool counted = true;
};

class Pairing {
 public:
  explicit Pairing(const PairingOptions& options, TaskOracle* oracle);

  [[nodiscard]] TaskTable& tasks() { return tasks_; }

  // Entry and exit in two steps, or both at once. The views need not outlive the call for enter(), but live
  // as long as the batch for the others.
  void enter(Task& task, const CallEntry& entry);
  void exit(Task& task, const CallExit& exit);
  void call(Task& task, const CallEntry& entry, const CallExit& exit);

  // The same in the usual case, and without an event: what has returned is added to `sums`. False: it is no
  // such case, and nothing was done.
  // `time_ns`: null: unknown.
  bool tally_enter(Task& task, const PlainCall& call, const std::int64_t* time_ns);
  // `entered`: the call's beginning has been told before.
  bool tally_return(Task& task, const PlainCall& call, bool entered, SnapshotBuilder& sums);

  // Clone or one of its kin came back in its child: no call of the child's own.
  void child_returned(Task& task);
  // The tracer says that it has lost `count` entries or exits (0: it does not say how many); nobody knows
  // whose. The end of a call that is open now may be that of a later one: how long it took is not known then.
  void tool_lost(std::uint64_t count);
  // `calls` calls of which nothing was told, but which somebody else counted. They count as calls of which
  // one end was told, of an unknown thread.
  void never_told(std::int32_t number, std::uint64_t calls);
  // The same where nobody knows which calls they were: they are lost.
  void skipped(std::uint64_t calls);
  // The end of a call was told and not of which: it is lost.
  void nameless_return(const Task& task);
  // When watching began the thread was seen asleep in this native call. It may have left it just before.
  void found_inside(Task& task, std::int32_t number, bool counted, std::int64_t time_ns);
  void signal(Task& task, std::int32_t number);
  // There is nothing more: whoever was cut short in a call by a signal, and was not heard of since, has
  // returned from it as far as is known.
  void settle();
  // The thread is gone; a call that it was in has ended with it.
  void ended(Task& task);
  // The thread is alive, but the kernel tells nothing more of it: a call that it was in has returned unseen.
  void hidden(Task& task);
  // The thread group of `leader` goes on as its thread `by` (execve of a thread that is not the leader).
  void superseded(Task& leader, std::int32_t by);
  // Nobody who was heard of until now is heard of again: another run, or another log, follows. Calls that
  // are open stay in flight, their ages as of `now_ns` (in the options' clock).
  void forget_tasks(std::optional<std::int64_t> now_ns);

  // Since the last clear(). Views in the events point into this object or into what exit() and call() were
  // given.
  [[nodiscard]] std::span<SyscallEvent> events() { return events_; }
  [[nodiscard]] std::span<const Loss> losses() const { return losses_; }
  void clear();

  // completed counts what came out of events(). Terms that a tracer does not show (child_returns, refused)
  // are nullopt.
  [[nodiscard]] Ledger ledger() const;
  // `now_ns`: in the options' clock; nullopt: ages are not known.
  [[nodiscard]] std::vector<InFlight> in_flight(std::optional<std::int64_t> now_ns) const;
  // How an entry that has been seen but not been told yet (enter()) would stand among them; nullopt: it does
  // not count.
  [[nodiscard]] std::optional<InFlight> foresee(const Task& task, const CallEntry& entry,
                                                std::int64_t now_ns) const;

 private:
  struct Timing {
    std::optional<std::int64_t> start_ns, duration_ns;
    DurationSource source = DurationSource::tool_printed;
    bool clamped = false;
  };
  [[nodiscard]] bool tallies(const Task& task) const;
  void tally(const PlainCall& call, SnapshotBuilder& sums);
  [[nodiscard]] Timing timing_of(const PendingCall& call, const CallExit& exit) const;
  static void begin_restartable(Task& task, PendingCall& call);
  void after_exit(Task& task, const PendingCall& call, const CallExit& exit);
  void finish(Task& task, const PendingCall& call, const CallExit& exit, std::string_view args);
  void returned_unseen(Task& task, PendingCall& call, const CallExit& exit);
  void orphan(Task& task, const CallExit& exit);
  void leave(Task& task, const CallExit& exit);
  void go_on(Task& task);
  void died_inside(Task& task, const PendingCall& call);
  void lose(LossReason reason);
  void lose_end(const Task& task, const PendingCall& call, std::int32_t error);
  void note_gap(Task& task, const PendingCall& next);
  void tell_births();
  void append_in_flight(std::vector<InFlight>& list, std::optional<std::int64_t> now_ns) const;
  [[nodiscard]] std::uint64_t open_calls() const;
  [[nodiscard]] bool began_before(const Task& task) const;
  [[nodiscard]] bool only_found(const Task& task) const;
  [[nodiscard]] InFlight describe(const Task& task, const PendingCall& call,
                                  std::optional<std::int64_t> now_ns) const;
  static void set_entry(PendingCall& call, const CallEntry& entry);
  static void note_attached(const Task& task, PendingCall& call);
  SyscallEvent& emit(const Task& task, const PendingCall& call, EventKind kind);
  [[nodiscard]] static bool counts(const Task& task, bool counted) {
    return counted && task.process->followed;
  }
  [[nodiscard]] static bool counts(const Task& task, const PendingCall& call) {
    return counts(task, call.counted);
  }

  PairingOptions options_;
  TaskOracle* oracle_;
  TaskTable tasks_;
  std::vector<SyscallEvent> events_;
  std::vector<Loss> losses_;
  std::deque<std::string> texts_;                         // glued arguments of this batch
  std::unordered_map<std::int32_t, CallExit> cut_short_;  // by tid: returns that wait for the thread to go on
  Ledger ledger_;                                         // without the tallied ones
  std::uint64_t never_entered_ = 0;  // calls that returned; refused, unless something was lost
  std::uint64_t tallied_enters_ = 0;
  std::uint64_t tallied_ = 0;            // calls that returned, and were completed by that
  PendingCall whole_;                    // scratch of call()
  std::vector<InFlight> left_open_;      // by forgotten tasks
  std::uint64_t left_open_entered_ = 0;  // of them, those whose entry was seen
};

// The usual call is nothing but this: no jump out of the caller.

inline bool Pairing::tallies(const Task& task) const {
  return cut_short_.empty() && !task.untimed && !task.attached_in && task.cloning == Task::Cloning::no &&
         task.restarts.idle() && options_.by == GroupBy::none && !options_.args;
}

inline void Pairing::tally(const PlainCall& call, SnapshotBuilder& sums) {
  ++tallied_;
  sums.add_completed(call.abi, call.number, call.error, options_.durations ? &call.duration_ns : nullptr,
                     options_.continuations);
}

inline bool Pairing::tally_enter(Task& task, const PlainCall& call, const std::int64_t* time_ns) {
  if (task.in_call || !tallies(task)) return false;
  PendingCall& pending = task.pending;
  pending.abi = call.abi;
  pending.number = call.number;
  pending.counted = call.counted;
  pending.began_before = false;
  pending.flags = 0;
  pending.start_ns.reset();
  if (time_ns != nullptr) pending.start_ns = *time_ns;
  task.in_call = true;
  task.unheard_of = false;
  if (counts(task, pending)) ++tallied_enters_;
  return true;
}

inline bool Pairing::tally_return(Task& task, const PlainCall& call, bool entered, SnapshotBuilder& sums) {
  // No jump depends on `entered`, which nobody can guess.
  const PendingCall& pending = task.pending;
  const bool its_own = (pending.number == call.number) & (pending.abi == call.abi) &
                       (pending.counted == call.counted) & !pending.began_before & (pending.flags == 0);
  const bool usual = (task.in_call == entered) & (its_own | !entered);
  if (!usual || !tallies(task)) return false;
  task.in_call = false;
  task.unheard_of = false;
  tallied_enters_ += counts(task, call.counted) & !entered;
  if (counts(task, call.counted)) tally(call, sums);
  return true;
}

}  // namespace latimer
