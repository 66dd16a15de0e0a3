// Which task a record is about, and what it tells about tasks: names, runs, threads that become their
// process's leader.
#include <algorithm>
#include <utility>

#include "backends/strace/translator.h"
#include "core/model/c_string.h"
#include "core/model/call_traits.h"
#include "core/model/syscall_table.h"

namespace latimer::strace {

// Whom an unprefixed line on standard error is about: the only task that is traced then. nullptr: nobody who
// is known, or several. A child that has been made and not been heard of is not traced yet, or never will be.
Task* Translator::task_alone() {
  TaskTable& tasks = pairing_.tasks();
  if (options_.layout.pid != PidColumn::bracketed) return tasks.find(only_tid_);
  Task* only = tasks.only_one();
  if (only != nullptr && (!only->unheard_of || announced_.contains(only->tid))) return only;
  return tasks.find(alone_.value_or(only_tid_));
}

Task& Translator::task_without_id(RecordKind kind, std::int32_t other) {
  TaskTable& tasks = pairing_.tasks();
  if (Task* alone = task_alone()) {
    alone_ = alone->tid;
    return *alone;
  }
  if (kind == RecordKind::superseded) {
    // All other threads have ended; the leader goes on as the one that is named.
    const Task* thread = tasks.find(other);
    const std::optional<std::int32_t> leader = thread != nullptr ? thread->process->tgid : std::nullopt;
    if (leader && tasks.find(*leader) != nullptr) return tasks.get(*leader);
  }
  return tasks.get(only_tid_);
}

// The first task gets its "[pid N]" only when there are others; those are announced, or somebody is making
// them.
Task& Translator::task_in_brackets(std::int32_t tid, RecordKind kind) {
  TaskTable& tasks = pairing_.tasks();
  alone_.reset();
  if (Task* known = tasks.find(tid)) return *known;
  Task* first = tasks.find(only_tid_);
  if (announced_.erase(tid) > 0 || first == nullptr || only_tid_ != 0) return tasks.get(tid);
  const bool resumes = kind == RecordKind::resumed && first->in_call;
  if (!resumes && tasks.anybody_cloning()) return tasks.get(tid);
  return tasks.rename(*first, tid);
}

// `other`: see RecordKind.
Task& Translator::task_of(std::int32_t tid, RecordKind kind, std::int32_t other) {
  if (tid == 0) return task_without_id(kind, other);
  if (options_.layout.pid == PidColumn::bracketed) return task_in_brackets(tid, kind);
  return pairing_.tasks().get(tid);
}

// Without -Y: the program that a task executes gives it its name, and prctl may change it.
void Translator::note_program(const Record& record, const CallName& call, Task& task) {
  const std::uint8_t traits = call_traits(call.abi, call.number);
  if ((traits & (kSetsName | kExecutes)) == 0) return;
  std::string_view args = record.args;
  if ((traits & kSetsName) != 0) {
    constexpr std::string_view kSetName = "PR_SET_NAME, \"";
    if (!args.starts_with(kSetName) || record.kind != RecordKind::call) return;
    args.remove_prefix(kSetName.size());
    return task.set_comm(unescape_c(args.substr(0, args.find('"'))));
  }
  if (record.kind != RecordKind::resumed) {
    task.program = {};
    const std::size_t quote = args.find('"');
    const std::size_t end = quote == std::string_view::npos ? quote : args.find('"', quote + 1);
    if (end == std::string_view::npos) return;
    std::string path = unescape_c(args.substr(quote + 1, end - quote - 1));
    path.erase(0, path.rfind('/') + 1);
    std::copy_n(path.begin(), std::min(path.size(), task.program.size() - 1), task.program.begin());
  }
  const bool executes = record.outcome == Outcome::returned && record.value == 0;
  if (executes && task.program.front() != '\0') task.comm = task.program;
}

void Translator::superseded(Task& leader, std::int32_t by) {
  const Task* thread = pairing_.tasks().find(by);
  if (separate_files_ && (thread == nullptr || !thread->in_call)) {
    deferred_[by] = {leader.tid, std::nullopt};
    awaited_ = by;
  }
  pairing_.superseded(leader, by);
}

// -ff: the end of a thread's execve is in its leader's log, which may be read before the thread's own.
bool Translator::defer_exec(const CallExit& exit, const Task& leader) {
  if (awaited_ == 0 || leader.in_call || (call_traits(exit.abi, exit.number) & kExecutes) == 0) return false;
  const auto execve = deferred_.find(std::exchange(awaited_, 0));
  if (execve == deferred_.end() || execve->second.leader != leader.tid) return false;
  execve->second.exit = exit;
  execve->second.exit->args = {};
  return true;
}

void Translator::thread_became_leader(const Record& record, Task& thread) {
  if (!separate_files_) {
    pairing_.superseded(pairing_.tasks().get(record.other), thread.tid);
    return;
  }
  // The leader's log, when it comes, finds this call open.
  const auto found = deferred_.find(thread.tid);
  if (found == deferred_.end() || !found->second.exit) return;
  // It came back as the leader, whose own task is where its log ended by now.
  const std::int32_t tid = std::exchange(thread.tid, found->second.leader);
  pairing_.exit(thread, *found->second.exit);
  thread.tid = tid;
  pairing_.tasks().end(tid);
  deferred_.erase(found);
}

void Translator::begin_run(std::optional<std::int64_t> now_ns) {
  finish();
  pairing_.forget_tasks(now_ns);
  announced_.clear();
  alone_.reset();
  clones_seen_ = false;
}

void Translator::set_log(std::string name, std::int32_t only_tid, bool separate_files) {
  lines_.set_log(std::move(name));
  only_tid_ = only_tid;
  separate_files_ = separate_files;
}

std::int32_t Translator::number_of(Abi abi, std::string_view name) {
  if (const auto number = syscall_number(abi, name)) return *number;
  return names_.call(name);
}

void Translator::finish() {
  for (const auto& [thread, execve] : deferred_) {
    if (execve.exit) pairing_.exit(pairing_.tasks().get(execve.leader), *execve.exit);
  }
  deferred_.clear();
}

bool Translator::begins_run(const Record& record) {
  const bool executes = record.name == "execve" && record.outcome == Outcome::returned;
  if (!executes || record.kind != RecordKind::call || separate_files_) return false;
  TaskTable& tasks = pairing_.tasks();
  const Task* known = record.tid != 0 ? tasks.find(record.tid) : task_alone();
  if (known != nullptr) return known->in_call;  // nobody executes a program inside another call
  // Nobody announced it: a run's first task, if everybody else has ended, or if children are announced.
  return tasks.tasks().empty() || (clones_seen_ && !tasks.anybody_cloning());
}

}  // namespace latimer::strace
