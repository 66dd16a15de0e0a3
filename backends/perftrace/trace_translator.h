// TraceTranslator: records of `perf trace` -> what Pairing understands. Knows perf trace's ways: records in
// several lines, returns that are never printed, ends whose beginning is another call's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
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

  void line(const Line& line, SnapshotBuilder* sums) override;
  void begin_log(std::string name) override;
  void finish() override;
  // The text is over; who is where in it can still be looked at.
  void finish_text();
  [[nodiscard]] std::uint64_t duration_step_ns() const override { return 1'000; }
  [[nodiscard]] std::vector<std::string> warnings() const override;

 private:
  [[nodiscard]] bool still_held(const TraceRecord& record, std::int32_t number);
  bool join(const Line& line);
  void give_up_piece();
  void take(const Line& line, const TraceParsed& parsed);
  bool record(const Line& line, const TraceRecord& record);
  Task& task_of(const TraceRecord& record);
  void enter(const TraceRecord& record, Task& task, std::int32_t number);
  void leave(const TraceRecord& record, Task& task, std::int32_t number);
  void leave_leader(const TraceRecord& record, Task& leader, Task& thread, std::int32_t number);
  void leave_before_entry(const TraceRecord& record, Task& leader, std::int32_t number);
  [[nodiscard]] bool returns_in_child(const TraceRecord& record, const Task& task, std::int32_t number) const;
  void note_clone(Task& task, std::int32_t number, const TraceRecord& record);
  void group_exits(const Task& task);
  void waited_for(std::int64_t pid);

  std::unordered_set<std::int32_t> excluded_;
  bool heard_excluded_ = false;
  std::optional<std::int32_t> held_pid_;
  // The beginning of a record whose name or path has a newline in it.
  std::string piece_;
  Line piece_line_;
  unsigned piece_lines_ = 0;
  std::vector<std::shared_ptr<Process>> exiting_;  // processes that have called exit_group
  std::unordered_set<std::int32_t> also_stopped_;  // threads in a wait4 that tells of stopped children, too
  // An execve that came back before its entry was printed, then.
  std::optional<std::int64_t> late_until_ns_;
  std::uint64_t backwards_ = 0;
};

}  // namespace latimer::perftrace
