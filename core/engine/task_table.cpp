#include "core/engine/task_table.h"

#include <algorithm>

#include "core/model/call_traits.h"

namespace latimer {
namespace {

constexpr std::size_t kMostCandidates =
    64;  // parents that are asked for; with more the guess is worth nothing

bool is_executing(const Task& task) {
  return task.in_call && (call_traits(task.pending.abi, task.pending.number) & kExecutes) != 0;
}

}  // namespace

void Task::set_comm(std::string_view name) {
  comm.fill('\0');
  std::copy_n(name.begin(), std::min(name.size(), comm.size() - 1), comm.begin());
}

std::shared_ptr<Process> TaskTable::new_process(std::optional<std::int32_t> tgid, bool followed) {
  auto process = std::make_shared<Process>();
  process->tgid = tgid;
  process->followed = followed;
  if (tgid && oracle_ != nullptr) {
    process->epoch = oracle_->start_of(*tgid);
    process->foreign_pids = !oracle_->shares_pids(*tgid).value_or(true);
  }
  if (tgid) processes_[*tgid] = process;
  return process;
}

// What nobody else tells about a new task is as it is with its parent.
Task& TaskTable::insert(std::int32_t tid, std::shared_ptr<Process> process, const Task* parent) {
  Task& task = tasks_[tid];
  task.tid = tid;
  task.process = std::move(process);
  if (parent != nullptr) {
    task.abi = parent->abi;
    if (oracle_ == nullptr) task.comm = parent->comm;
  }
  if (want_comm_ && oracle_ != nullptr) {
    if (const auto name = oracle_->comm_of(tid)) task.set_comm(*name);
  }
  return task;
}

std::shared_ptr<Process> TaskTable::process_of(std::int32_t tgid, bool followed) {
  const auto known = processes_.find(tgid);
  std::shared_ptr<Process> process = known == processes_.end() ? nullptr : known->second.lock();
  return process ? process : new_process(tgid, followed);
}

Task& TaskTable::add_target(std::int32_t tid, std::int32_t tgid) {
  return insert(tid, process_of(tgid, true), nullptr);
}

Task& TaskTable::add(std::int32_t tid, std::int32_t tgid) {
  return insert(tid, process_of(tgid, follow_), nullptr);
}

// The process of a task that was not known. Threads join the one that is known already.
std::shared_ptr<Process> TaskTable::process_for(std::int32_t tid, const Task* parent) {
  if (oracle_ != nullptr) {
    // A new process must not be taken for an older one that had the same number: its tid is its tgid, and the
    // old one's leader is gone.
    if (const auto tgid = oracle_->tgid_of(tid))
      return *tgid == tid ? new_process(tgid, follow_) : process_of(*tgid, follow_);
  }
  if (parent == nullptr) return new_process(std::nullopt, follow_);
  return parent->cloning == Task::Cloning::thread ? parent->process : new_process(tid, follow_);
}

// A task whose parent has not returned from clone yet is the child of somebody who is in clone now.
const Task* TaskTable::likely_parent() const {
  if (cloning_.size() > kMostCandidates) return nullptr;
  const Task* parent = nullptr;
  for (const std::int32_t candidate : cloning_) {
    const Task& other = tasks_.at(candidate);
    if (parent != nullptr && (other.cloning != parent->cloning || other.process != parent->process))
      return nullptr;
    parent = &other;
  }
  return parent;
}

Task* TaskTable::find(std::int32_t tid) {
  Task*& latest = recent(tid);
  if (latest != nullptr && latest->tid == tid) return latest;
  const auto found = tasks_.find(tid);
  if (found == tasks_.end()) return nullptr;
  latest = &found->second;  // nodes never move
  return latest;
}

Task& TaskTable::get_any(std::int32_t tid) {
  if (Task* known = find(tid)) return *known;
  const Task* parent = likely_parent();
  std::shared_ptr<Process> process = process_for(tid, parent);
  if (parent != nullptr) note_birth(parent, tid, process == parent->process);
  return insert(tid, std::move(process), parent);
}

void TaskTable::clone_begins(Task& parent, bool thread) {
  parent.cloning = thread ? Task::Cloning::thread : Task::Cloning::process;
  cloning_.insert(parent.tid);
}

void TaskTable::clone_ends(Task& parent, std::optional<std::int32_t> child) {
  const bool thread = parent.cloning == Task::Cloning::thread;
  parent.cloning = Task::Cloning::no;
  cloning_.erase(parent.tid);
  const bool ended = child && ended_while_cloning_.erase(*child) > 0;
  if (cloning_.empty()) ended_while_cloning_.clear();
  if (!child || *child <= 0 || ended || parent.process->foreign_pids) return;
  if (Task* known = find(*child)) {
    if (known->process->tgid) return;
    const std::set<std::int32_t> executing = std::move(known->process->executing);
    known->process = thread ? parent.process : new_process(*child, follow_);
    known->process->executing.insert(executing.begin(), executing.end());
    return;
  }
  note_birth(&parent, *child, thread);
  insert(*child, thread ? parent.process : new_process(*child, follow_), &parent);
}

void TaskTable::note_birth(const Task* parent, std::int32_t tid, bool thread) {
  if (want_births_) births_.push_back({parent->process->tgid.value_or(parent->tid), tid, thread});
}

void TaskTable::executed(Task& task) {
  // Whoever has executed a program is the leader of its process.
  if (!task.process->tgid && task.tid != 0) {
    task.process->tgid = task.tid;
    processes_[task.tid] = task.process;
  }
  if (!want_comm_ || oracle_ == nullptr) return;
  if (const auto name = oracle_->comm_of(task.tid)) task.set_comm(*name);
}

void TaskTable::end(std::int32_t tid) {
  if (cloning_.erase(tid) > 0 && cloning_.empty()) ended_while_cloning_.clear();
  if (!cloning_.empty()) ended_while_cloning_.insert(tid);
  const auto found = tasks_.find(tid);
  if (found == tasks_.end()) return;
  if (const auto tgid = found->second.process->tgid; tgid && found->second.process.use_count() == 1)
    processes_.erase(*tgid);
  if (recent(tid) == &found->second) recent(tid) = nullptr;
  tasks_.erase(found);
}

Task& TaskTable::rename(Task& task, std::int32_t tid) {
  if (cloning_.erase(task.tid) > 0) cloning_.insert(tid);
  if (task.process->executing.erase(task.tid) > 0) task.process->executing.insert(tid);
  auto node = tasks_.extract(task.tid);
  node.key() = tid;
  Task& renamed = tasks_.insert(std::move(node)).position->second;
  renamed.tid = tid;
  if (!renamed.process->tgid) {
    renamed.process->tgid = tid;
    processes_[tid] = renamed.process;
  }
  recent_ = {};
  return renamed;
}

void TaskTable::clear() {
  recent_ = {};
  tasks_.clear();
  processes_.clear();
  cloning_.clear();
  ended_while_cloning_.clear();
}

void TaskTable::forget_starts() {
  for (auto& [tid, task] : tasks_) task.pending.start_ns.reset();
}

void TaskTable::supersede(Task& leader, std::int32_t by) {
  Task* thread = find(by);
  if (thread == nullptr || thread == &leader) return;
  std::swap(leader.in_call, thread->in_call);
  std::swap(leader.pending, thread->pending);
  leader.abi = thread->abi;
  leader.comm = thread->comm;
  leader.restarts = {};
  leader.attached_in.reset();
  end(by);
}

Task* TaskTable::only_executing_but(const Task& task) {
  Task* found = nullptr;
  for (auto& [tid, other] : tasks_) {
    if (tid == task.tid || !is_executing(other)) continue;
    if (found != nullptr) return nullptr;
    found = &other;
  }
  return found;
}

Task* TaskTable::only_other_executing(const Task& task) {
  std::set<std::int32_t>& executing = task.process->executing;
  Task* found = nullptr;
  for (auto at = executing.begin(); at != executing.end();) {
    Task* other = find(*at);
    if (other == nullptr || other->process != task.process || !is_executing(*other)) {
      at = executing.erase(at);
      continue;
    }
    ++at;
    if (other == &task) continue;
    if (found != nullptr) return nullptr;
    found = other;
  }
  return found;
}

std::vector<std::int32_t> TaskTable::followed_processes() const {
  std::set<std::int32_t> result;
  for (const auto& [tid, task] : tasks_) {
    if (task.process->followed && task.process->tgid) result.insert(*task.process->tgid);
  }
  return {result.begin(), result.end()};
}

}  // namespace latimer
