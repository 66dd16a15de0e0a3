// ScriptTranslator: records of `perf script` -> what Pairing understands. Knows perf's ways: whose lines
// these are, what a forgotten number means, which return is the child's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "backends/perftrace/script_line.h"
#include "core/engine/line_account.h"
#include "core/engine/pairing.h"
#include "core/engine/syscall_filter.h"
#include "core/stats/snapshot_builder.h"

namespace latimer::perftrace {

struct ScriptOptions {
  SyscallFilter filter;
  GroupBy by = GroupBy::none;
  bool timing = true;
  bool live = false;        // who is watched is known: it is us who had it recorded
  bool follow = true;       // processes that appear later count
  bool tells_loss = false;  // there is a line wherever something was lost
  // A command held by our own launcher: its calls count from its first execve on.
  std::optional<std::int32_t> held_pid;
};

class ScriptTranslator {
 public:
  explicit ScriptTranslator(const ScriptOptions& options);

  // `sums`: where calls that need no event are added up; null: every call gets one.
  void line(const Line& line, SnapshotBuilder* sums);
  // Another log begins: nobody who was heard of is heard of again. `name`: see LineAccount.
  void begin_log(std::string name, SnapshotBuilder* sums);
  // There is nothing more.
  void finish(SnapshotBuilder* sums);

  [[nodiscard]] Pairing& pairing() { return pairing_; }
  [[nodiscard]] const LineLedger& lines() const { return account_.ledger(); }
  // Of the log that is being read; its latest line.
  [[nodiscard]] std::optional<std::int64_t> now_ns() const { return now_ns_; }
  // From the first line to the last, of one log; nullopt: there are several, or no times.
  [[nodiscard]] std::optional<std::uint64_t> span_ns() const;
  // Lines that say which process a thread belongs to have been seen.
  [[nodiscard]] bool processes_known() const { return processes_known_; }
  [[nodiscard]] bool loss_without_number() const { return loss_without_number_; }
  // Times have six decimals.
  [[nodiscard]] bool whole_microseconds() const { return whole_microseconds_; }

 private:
  bool record(const Line& line, const ScriptRecord& record, SnapshotBuilder* sums);
  Task& task_of(const ScriptRecord& record);
  [[nodiscard]] std::optional<std::int32_t> number_of(const ScriptRecord& record, const Task& task) const;
  void enter(const ScriptRecord& record, Task& task, std::int32_t number, bool tallies);
  void exit(const ScriptRecord& record, Task& task, std::int32_t number, SnapshotBuilder* sums);
  void release(const ScriptRecord& record, Task& task, SnapshotBuilder* sums);
  bool tally(const ScriptRecord& record, Task& task, std::int32_t number, SnapshotBuilder& sums);
  void end(Task& task);
  void fork(const ScriptRecord& record, const Task& parent);
  void note_time(std::int64_t time_ns);
  bool still_held(const ScriptRecord& record, std::int32_t number);

  const SyscallFilter filter_;
  std::optional<std::int32_t> held_pid_;
  Pairing pairing_;
  LineAccount account_;
  // By thread: ends of calls that a signal cut short. The thread either goes on, and they are ends like any
  // other, or it dies of the signal: then it has died inside the call.
  std::unordered_map<std::int32_t, ScriptRecord> held_;
  // Threads inside an execve whose program has begun. It has returned once they make another step; the kernel
  // ends the watching of whoever gets other privileges by it (begin_new_exec, fs/exec.c) here.
  std::unordered_set<std::int32_t> begun_;
  unsigned logs_ = 0;
  bool processes_known_ = false;
  bool loss_without_number_ = false;
  bool whole_microseconds_ = true;
  std::optional<std::int64_t> first_ns_, now_ns_;
};

}  // namespace latimer::perftrace
