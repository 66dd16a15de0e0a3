// Translator: strace's records -> what Pairing understands. Knows strace's ways: which ABI a name belongs to,
// what clone prints, where the launched command begins.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "backends/strace/line.h"
#include "backends/strace/skim.h"
#include "core/engine/foreign_names.h"
#include "core/engine/line_account.h"
#include "core/engine/pairing.h"
#include "core/engine/syscall_filter.h"
#include "core/model/ledger.h"
#include "core/sys/line_buffer.h"

namespace latimer::strace {

struct TranslatorOptions {
  Layout layout;
  SyscallFilter filter;
  PairingOptions pairing;
  // A command held by our own launcher: its calls count from its first execve on.
  std::optional<std::int32_t> held_pid;
};

class Translator {
 public:
  Translator(TranslatorOptions options, TaskOracle* oracle);

  // `line.text` must stay where it is until the batch is done with. `flags`: EventFlag for what this line
  // yields.
  void line(const Line& line, std::uint8_t flags);
  // The same of a line that parse_line() has been over.
  void parsed(const Line& line, const Parsed& parsed, std::uint8_t flags);
  // Whether a skimmed line says enough of its call; else it has to be parsed.
  [[nodiscard]] bool takes(const Skimmed& line) {
    taken_ = {kNativeAbi, line.number};
    return line.number >= 0 || takes_name(line.name);
  }
  // The same as parsed(), of the line that takes() was asked about last, and took. Calls that need no event
  // are added to `sums`. `time_ns`: of the line; null: unknown.
  void skimmed(const Skimmed& line, const std::int64_t* time_ns, SnapshotBuilder& sums);
  // Physical lines that are not records of their own.
  void ignore_line(std::string_view kind) { lines_.ignore(kind); }
  void reject_line(const Line& line, const Rejected& rejected) {
    lines_.reject(line, rejected.reason, rejected.column);
  }

  // The lines that follow are of this log: its name, for rejected lines; whom it is about when its lines do
  // not say (0: nobody knows); whether every task has a log of its own (-ff), and they come one after the
  // other.
  void set_log(std::string name, std::int32_t only_tid, bool separate_files);
  void set_columns(const Layout& layout) { options_.layout = layout; }
  // strace said that it has attached to this task: "[pid N]" is not the first one's then.
  void announce(std::int32_t tid) { announced_.insert(tid); }
  // Another run, or another log, begins. Open calls stay in flight, as of `now_ns`.
  void begin_run(std::optional<std::int64_t> now_ns);
  // Whether this record, the first of its task, begins another run of strace.
  [[nodiscard]] bool begins_run(const Record& record);

  // Calls in flight at `now_ns` (CLOCK_REALTIME); `open_line`: the beginning of a line that has no end yet.
  [[nodiscard]] std::vector<InFlight> in_flight(std::int64_t now_ns, std::string_view open_line);
  // All is read: what waited for another log is given up.
  void finish();

  [[nodiscard]] Pairing& pairing() { return pairing_; }
  [[nodiscard]] const LineLedger& lines() const { return lines_.ledger(); }
  [[nodiscard]] const ForeignNameTable& names() const { return names_; }
  // The number of a call, or one of its own for a name that our tables do not know.
  [[nodiscard]] std::int32_t number_of(Abi abi, std::string_view name);

 private:
  struct CallName {
    Abi abi = Abi::x86_64;
    std::int32_t number = -1;
  };
  bool takes_name(std::string_view name);
  void record(const Record& record, std::uint8_t flags);
  Task& task_of(std::int32_t tid, RecordKind kind, std::int32_t other);
  [[nodiscard]] Task* task_alone();
  Task& task_without_id(RecordKind kind, std::int32_t other);
  Task& task_in_brackets(std::int32_t tid, RecordKind kind);
  void call_record(const Record& record, Task& task, std::uint8_t flags);
  [[nodiscard]] CallName name_of(std::string_view name, Abi task_abi);
  [[nodiscard]] CallName name_call(const Record& record, Task& task);
  [[nodiscard]] CallEntry entry_of(const Record& record, const CallName& call, std::uint8_t flags) const;
  [[nodiscard]] CallExit exit_of(const Record& record, const CallName& call, std::uint8_t flags);
  [[nodiscard]] static CallEntry entry_of(const PlainCall& call, const std::int64_t* time_ns);
  [[nodiscard]] static CallExit exit_of(const PlainCall& call, const std::int64_t* time_ns);
  void note_program(const Record& record, const CallName& call, Task& task);
  void superseded(Task& leader, std::int32_t by);
  bool defer_exec(const CallExit& exit, const Task& leader);
  void thread_became_leader(const Record& record, Task& thread);
  [[nodiscard]] bool is_whole(const Line& line, const Record& record) const;
  bool still_held(const Record& record);
  void note_clone(const Record& record, const CallName& call, Task& task);

  // Of a name without a number, by task's ABI: the tables are asked once.
  struct KnownName {
    std::string name;
    Abi task_abi = Abi::x86_64;
    CallName call;
  };
  static constexpr std::size_t kKnownNames = 1024;
  [[nodiscard]] bool selects(const CallName& call) const {
    return all_selected_ || options_.filter.selects(call.abi, call.number);
  }
  CallName look_up(std::string_view name, Abi task_abi);
  [[nodiscard]] std::int32_t bounded(Abi abi, std::int32_t number);

  TranslatorOptions options_;
  const bool all_selected_;
  std::vector<KnownName> known_names_;
  Pairing pairing_;
  LineAccount lines_;
  ForeignNameTable names_;
  std::int32_t only_tid_ = 0;
  std::unordered_set<std::int32_t> announced_;
  bool separate_files_ = false;
  bool clones_seen_ = false;  // in this run
  CallName taken_;            // by takes()
  bool lines_with_duration_ = false;
  // -ff: by the thread in whose log the execve begins that these leaders' logs told the end of.
  struct DeferredExec {
    std::int32_t leader = 0;
    std::optional<CallExit> exit;
  };
  std::unordered_map<std::int32_t, DeferredExec> deferred_;
  std::optional<std::int32_t> alone_;  // whom the latest line was about, if that had no "[pid N]"
  std::int32_t awaited_ = 0;  // the thread whose execve's end is what comes next in this log; 0: none
};

// The expression for `strace -e trace=` that prints what the filter selects, and what the translator needs to
// know about tasks besides.
[[nodiscard]] std::string trace_expression(const SyscallFilter& filter);

}  // namespace latimer::strace
