// TaskTable: who is who in a text backend's stream: threads, their processes, and what each is in the middle
// of.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/engine/restart_tracker.h"
#include "core/engine/task_oracle.h"
#include "core/model/abi.h"

namespace latimer {

struct Process {
  std::optional<std::int32_t> tgid;    // nullopt: nobody could tell
  std::optional<std::uint64_t> epoch;  // start, ns since boot
  bool followed = true;                // its calls count
  bool foreign_pids = false;  // it lives in another pid namespace: what its clone returns is no tid of ours
  std::set<std::int32_t> executing;  // its threads that have entered an execve; some have left it since
};

// A call that was entered and has not come back.
struct PendingCall {
  Abi abi = Abi::x86_64;
  std::int32_t number = -1;
  bool counted = true;
  bool began_before = false;  // entered before Latimer looked; start_ns is when it looked first
  std::uint8_t flags = 0;     // EventFlag
  std::optional<std::int64_t> start_ns;
  std::string args;  // as far as they were printed at entry
};

// The latest call, when nothing tells how long it took.
struct UntimedCall {
  Abi abi = Abi::x86_64;
  std::int32_t number = -1;
  std::int64_t start_ns = 0;
};

struct Task {
  std::int32_t tid = 0;
  std::shared_ptr<Process> process;
  std::array<char, 16> comm{};  // NUL-terminated; empty: unknown
  Abi abi = kNativeAbi;         // of its latest call that was unmistakable
  bool in_call = false;         // pending holds a call (kept apart so that its string keeps its memory)
  PendingCall pending;
  enum class Cloning : std::uint8_t {
    no,
    thread,
    process
  } cloning = Cloning::no;  // is inside clone or its kin
  std::optional<std::int32_t>
      attached_in;  // native number of the call it slept in when Latimer attached; until its first call
  std::optional<std::int64_t> attached_ns;
  RestartTracker restarts;
  std::array<char, 16> program{};  // that it is about to execute, when its text tells
  std::optional<UntimedCall> untimed;
  bool unheard_of = true;  // no call and no signal of it has been seen yet

  void set_comm(std::string_view name);
};

// Somebody was made by `parent`, a process.
struct Birth {
  std::int32_t parent = 0;
  std::int32_t tid = 0;
  bool thread = false;  // of the parent; else a process of its own
};

class TaskTable {
 public:
  // `oracle` may be null. `follow`: processes that appear later count.
  TaskTable(TaskOracle* oracle, bool follow, bool want_comm)
      : oracle_(oracle), follow_(follow), want_comm_(want_comm) {}

  // A task that is a target from the start.
  Task& add_target(std::int32_t tid, std::int32_t tgid);
  // A task whose process is told. It is a target when its process is; a new process is one when those that
  // appear later are.
  Task& add(std::int32_t tid, std::int32_t tgid);
  // That process is no target, nor are its threads.
  void exclude(std::int32_t tgid) { excluded_.push_back(new_process(tgid, false)); }

  // Finds it, or takes it in as new: identity from the oracle, else from the only clone under way. References
  // stay valid until end().
  Task& get(std::int32_t tid) {
    Task* latest = recent(tid);
    return latest != nullptr && latest->tid == tid ? *latest : get_any(tid);
  }
  [[nodiscard]] Task* find(std::int32_t tid);

  void clone_begins(Task& parent, bool thread);
  // `child`: what it returned; nullopt: it failed or was interrupted.
  void clone_ends(Task& parent, std::optional<std::int32_t> child);
  void executed(Task& task);
  void end(std::int32_t tid);
  // The thread group of `leader` goes on as its thread `by`, under the leader's tid.
  void supersede(Task& leader, std::int32_t by);

  // Whose parents are known, since this was asked last.
  [[nodiscard]] std::vector<Birth> take_births() { return std::exchange(births_, {}); }
  void want_births() { want_births_ = true; }

  void clear();
  // When the calls under way were entered is not known any more.
  void forget_starts();
  // The only task there is; nullptr: none, or several.
  [[nodiscard]] Task* only_one() { return tasks_.size() == 1 ? &tasks_.begin()->second : nullptr; }
  // The id of a task that was taken in under another one has become known.
  Task& rename(Task& task, std::int32_t tid);
  [[nodiscard]] bool anybody_cloning() const { return !cloning_.empty(); }

  // `task` has entered a call that executes a program.
  static void executes(Task& task) { task.process->executing.insert(task.tid); }
  // The only other thread of the task's process that is inside such a call; nullptr: none, or several.
  [[nodiscard]] Task* only_other_executing(const Task& task);
  // The only other task of all that is inside such a call; nullptr: none, or several.
  [[nodiscard]] Task* only_executing_but(const Task& task);
  [[nodiscard]] const std::unordered_map<std::int32_t, Task>& tasks() const { return tasks_; }
  [[nodiscard]] std::vector<std::int32_t> followed_processes() const;

 private:
  Task& get_any(std::int32_t tid);
  // Who could have made a task that nobody announced; nullptr: nobody, or several who differ.
  [[nodiscard]] const Task* likely_parent() const;
  std::shared_ptr<Process> process_for(std::int32_t tid, const Task* parent);
  std::shared_ptr<Process> process_of(std::int32_t tgid, bool followed);
  std::shared_ptr<Process> new_process(std::optional<std::int32_t> tgid, bool followed);
  Task& insert(std::int32_t tid, std::shared_ptr<Process> process, const Task* parent);

  void note_birth(const Task* parent, std::int32_t tid, bool thread);

  TaskOracle* oracle_;
  bool follow_;
  bool want_births_ = false;
  std::vector<Birth> births_;
  bool want_comm_;
  std::vector<std::shared_ptr<Process>> excluded_;  // keeps them known while they have no tasks
  std::unordered_map<std::int32_t, Task> tasks_;
  // Some that find() found lately, by the low bits of their ids: most lines are about few tasks.
  static constexpr std::size_t kRecent = 256;
  std::array<Task*, kRecent> recent_{};
  [[nodiscard]] Task*& recent(std::int32_t tid) { return recent_[static_cast<std::size_t>(tid) % kRecent]; }
  std::unordered_map<std::int32_t, std::weak_ptr<Process>> processes_;  // by tgid
  std::set<std::int32_t> cloning_;                                      // tids inside clone
  std::set<std::int32_t>
      ended_while_cloning_;  // so that a clone that returns late does not revive its dead child
};

}  // namespace latimer
