// Who comes back where: executions of threads, children that are born, the dead.
#include <algorithm>
#include <utility>

#include "backends/perftrace/trace_translator.h"
#include "core/model/call_traits.h"

namespace latimer::perftrace {

// execve of a thread that is not the leader comes back under the leader's number and with the times of the
// leader's latest call.
bool TraceTranslator::may_lead(const TraceRecord& record, const Task& task, std::int32_t number) {
  const bool executing = task.in_call && has_trait(task.pending.number, kExecutes);
  return record.tid != 0 && !executing && record.kind == TraceKind::continued &&
         record.returned == TraceReturn::value && record.value == 0 && record.start_ns &&
         has_trait(number, kExecutes);
}

// False: whose execve it was has not been printed.
bool TraceTranslator::leave_leader(const TraceRecord& record, Task& leader, std::int32_t number) {
  Task* thread = pairing().tasks().only_other_executing(leader);
  // Of threads that clone3 made nobody says whose they are.
  const bool in_that = leader.in_call && leader.pending.start_ns == record.start_ns;
  if (thread == nullptr && in_that) thread = pairing().tasks().only_executing_but(leader);
  if (thread == nullptr) return false;
  const std::optional<std::int64_t> began = thread->pending.start_ns;
  pairing().superseded(leader, thread->tid);
  CallExit exit = exit_of(record, number);
  if (began && record.duration_ns && !after_loss(leader.tid)) {
    const std::int64_t duration = *record.start_ns + *record.duration_ns - *began;
    if (duration >= 0) exit.duration_ns = duration;
  }
  pairing().exit(leader, exit);
  return true;
}

// A beginning that another record interrupts may be printed behind that. When it is another thread's execve,
// it is what has come back. Whether `next` is that.
bool TraceTranslator::settle_leader(const TraceRecord& next, std::int32_t number) {
  const EarlyLeader early = *std::exchange(early_leader_, std::nullopt);
  Task& leader = pairing().tasks().get(early.record.tid);
  const bool its_own =
      next.kind == TraceKind::entered && has_trait(number, kExecutes) && next.tid != early.record.tid;
  if (its_own) enter(next, task_of(next), number);
  if (!its_own || !leave_leader(early.record, leader, early.number))
    leave_own(early.record, leader, early.number);
  return its_own;
}

// Clone and its kin return 0 in the child: that is no call of the child's own, and the first that is heard of
// it; but not always the first that is printed. False: it is none such.
bool TraceTranslator::born(const TraceRecord& record, Task& task, std::int32_t number, bool was_dead) {
  if (record.kind != TraceKind::continued || !has_trait(number, kClones)) return false;
  const bool zero = record.returned == TraceReturn::value && record.value == 0;
  // Of a task that it does not know yet perf does not print the value.
  const bool first = !record.start_ns && task.unheard_of && !task.in_call;
  const bool unsaid = record.returned == TraceReturn::unknown && (record.backwards || first);
  if ((!zero && !unsaid) || (task.in_call && task.pending.number == number)) return false;
  if (task.in_call && (was_dead || is_exiting(task))) {
    const std::int32_t tid = task.tid;
    pairing().ended(task);  // its number is used again
    pairing().child_returned(pairing().tasks().get(tid));
  } else {
    pairing().child_returned(task);
  }
  return true;
}

// When perf hears late of a task's beginning it takes what it knew of its thread for another's: the beginning
// of a call, under the name ":TID", is then printed behind its end.
bool TraceTranslator::came_early(const TraceRecord& record, Task& task, std::int32_t number) {
  const auto found = early_.find(task.tid);
  if (found == early_.end()) return false;
  const bool its_own =
      record.kind == TraceKind::entered && found->second.number == number && record.comm.starts_with(':');
  if (its_own) enter(record, task, number);
  settle_early(task.tid);
  return its_own;
}

void TraceTranslator::settle_early(std::int32_t tid) {
  const CallExit exit = early_.extract(tid).mapped();
  pairing().exit(pairing().tasks().get(tid), exit);
}

// Of a child that was killed nothing more is printed, nor of its threads; but its parent comes to know. (So
// does a tracer, of children that live: they are heard of again.)
void TraceTranslator::waited_for(std::int64_t pid) {
  if (pid > INT32_MAX) return;
  const Task* child = pairing().tasks().find(static_cast<std::int32_t>(pid));
  if (child != nullptr) waited_for_.insert(child->tid);
}

// The last call of a thread, or of all threads of its process: those that are in a call come back from it
// with an error, or never.
void TraceTranslator::group_exits(const Task& task) {
  if (task.pending.number != exit_group_) return;
  std::erase_if(exiting_, [](const auto& process) { return process.use_count() == 1; });
  if (task.process.use_count() > 1) exiting_.push_back(task.process);
}

}  // namespace latimer::perftrace
