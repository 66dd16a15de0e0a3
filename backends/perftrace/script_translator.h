// ScriptTranslator: records of `perf script` -> what Pairing understands. Knows perf's ways: whose lines
// these are, what a forgotten number means, which return is the child's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "backends/perftrace/line_translator.h"
#include "backends/perftrace/script_line.h"
#include "core/engine/line_account.h"
#include "core/engine/pairing.h"
#include "core/engine/syscall_filter.h"
#include "core/stats/snapshot_builder.h"

namespace latimer::perftrace {

class ScriptTranslator : public LineTranslator {
 public:
  explicit ScriptTranslator(const TranslatorOptions& options);

  void line(const Line& line, SnapshotBuilder* sums) override;
  void begin_log(std::string name) override;
  [[nodiscard]] std::uint64_t duration_step_ns() const override { return whole_microseconds_ ? 1'000 : 1; }
  [[nodiscard]] std::vector<std::string> warnings() const override;

 private:
  bool record(const Line& line, const ScriptRecord& record, SnapshotBuilder* sums);
  Task& task_of(const ScriptRecord& record);
  [[nodiscard]] std::optional<std::int32_t> number_of(const ScriptRecord& record, const Task& task) const;
  void enter(const ScriptRecord& record, Task& task, std::int32_t number, bool tallies);
  void exit(const ScriptRecord& record, Task& task, std::int32_t number, SnapshotBuilder* sums);
  bool tally(const ScriptRecord& record, Task& task, std::int32_t number, SnapshotBuilder& sums);
  void end(Task& task);
  void fork(const ScriptRecord& record, const Task& parent);
  bool told_before(const ScriptRecord& record);
  bool still_held(const ScriptRecord& record, std::int32_t number);
  std::string_view registers_text(std::int32_t number, std::string_view args);

  const bool details_;
  std::string registers_;  // of the latest entry
  std::optional<std::int32_t> held_pid_;
  // Threads inside an execve whose program has begun. It has returned once they make another step; the kernel
  // ends the watching of whoever gets other privileges by it (begin_new_exec, fs/exec.c) here.
  std::unordered_set<std::int32_t> begun_;
  struct Told {  // what a line has said
    std::int32_t tid;
    ScriptKind kind;
    bool named;
    std::int32_t number;
    std::uint64_t count;
    bool operator==(const Told&) const = default;
  };
  std::vector<Told> told_;  // of told_ns_, in this log
  std::int64_t told_ns_ = 0;
  bool nanoseconds_ = false;      // times of this log have nine decimals
  bool processes_known_ = false;  // lines that say which process a thread belongs to have been seen
  bool loss_without_number_ = false;
  bool whole_microseconds_ = true;  // times have six decimals
};

}  // namespace latimer::perftrace
