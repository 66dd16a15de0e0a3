// TraceTranslator: records of `perf trace` -> what Pairing understands. Knows perf trace's ways: records in
// several lines, returns that are never printed, ends whose beginning is another call's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "backends/perftrace/line_translator.h"
#include "backends/perftrace/trace_line.h"

namespace latimer::perftrace {

class TraceTranslator : public LineTranslator {
 public:
  // `oracle` may be null, and is for text of what runs.
  TraceTranslator(const TranslatorOptions& options, TaskOracle* oracle);

  // That thread's calls are Latimer's own.
  void exclude(std::int32_t tid) { excluded_.insert(tid); }
  [[nodiscard]] bool heard_excluded() const { return heard_excluded_; }
  // Not known when the translator was made: see TranslatorOptions::held_pid.
  void hold(std::int32_t pid) { held_pid_ = pid; }
  // What the kernel has counted since the command was executed: of rt_sigreturn, which is told by its
  // beginning alone, and of all calls that any perf knows. What perf trace did not tell of and did not say
  // that it lost is skipped; rt_sigreturn counts all the same.
  void counted(std::uint64_t sigreturns, std::uint64_t all);

  void line(const Line& line, SnapshotBuilder* sums) override;
  void begin_log(std::string name) override;
  void finish() override;
  // The text of this log is over; who is where in it can still be looked at.
  void end_log();
  [[nodiscard]] std::uint64_t duration_step_ns() const override { return 1'000; }
  [[nodiscard]] std::vector<std::string> warnings() const override;

 private:
  [[nodiscard]] bool still_held(const TraceRecord& record, std::int32_t number);
  bool join(const Line& line);
  void give_up_piece();
  void take(const Line& line, const TraceParsed& parsed, SnapshotBuilder* sums);
  bool record(const Line& line, const TraceRecord& record, SnapshotBuilder* sums);
  void call(const TraceRecord& record, std::int32_t number, SnapshotBuilder* sums);
  Task& task_of(const TraceRecord& record);
  bool tally(const TraceRecord& record, Task& task, std::int32_t number, SnapshotBuilder& sums);
  void note_entry(const TraceRecord& record, std::int32_t number);
  void enter(const TraceRecord& record, Task& task, std::int32_t number);
  void sigreturn_returned(Task& task);
  void another_calls_end(const TraceRecord& record, Task& task);
  void leave(const TraceRecord& record, Task& task, std::int32_t number, bool was_dead);
  void leave_own(const TraceRecord& record, Task& task, std::int32_t number);
  [[nodiscard]] CallExit exit_of(const TraceRecord& record, std::int32_t number);
  bool leave_leader(const TraceRecord& record, Task& leader, std::int32_t number);
  bool born(const TraceRecord& record, Task& task, std::int32_t number, bool was_dead);
  bool came_early(const TraceRecord& record, Task& task, std::int32_t number);
  void settle_early(std::int32_t tid);
  [[nodiscard]] static bool may_lead(const TraceRecord& record, const Task& task, std::int32_t number);
  bool settle_leader(const TraceRecord& next, std::int32_t number);
  bool after_loss(std::int32_t tid);
  void note_clone(Task& task, std::int32_t number, const TraceRecord& record);
  void group_exits(const Task& task);
  void waited_for(std::int64_t pid);
  [[nodiscard]] bool is_exiting(const Task& task) const;

  std::unordered_set<std::int32_t> excluded_;
  const bool details_;
  bool heard_excluded_ = false;
  std::optional<std::int32_t> held_pid_;
  // The beginning of a record whose name or path has a newline in it.
  std::string piece_;
  Line piece_line_;
  unsigned piece_lines_ = 0;
  std::vector<std::shared_ptr<Process>> exiting_;  // processes that have called exit_group
  std::unordered_set<std::int32_t> also_alive_;    // threads in a wait4 that tells of children that live, too
  std::unordered_set<std::int32_t> waited_for_;    // what a wait4 has told of, and nothing was heard since
  // By thread: ends without a beginning, which may come late.
  std::unordered_map<std::int32_t, CallExit> early_;
  struct EarlyLeader {
    TraceRecord record;  // without texts
    std::int32_t number = -1;
  };
  std::optional<EarlyLeader> early_leader_;  // the end of an execve whose beginning may be the next record
  unsigned losses_ = 0;
  std::unordered_map<std::int32_t, unsigned> returned_since_;  // the latest loss, by thread
  std::uint64_t backwards_ = 0;
  std::uint64_t sigreturns_ = 0, entries_ = 0, lost_ = 0;  // told since the command was executed
  const std::int32_t wait4_, exit_group_, rt_sigreturn_;
};

}  // namespace latimer::perftrace
