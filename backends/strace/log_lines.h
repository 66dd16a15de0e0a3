// LogLines: the physical lines of one log -> the translator. Knows what happens to lines on their way into a
// file:
//
//   clone(child_stack=NULL, flags=SIGCHLDstrace: Process 18718 attached      on standard error, strace's
//   , child_tidptr=0x7fcb19fa8a10) = 18718 <0.000492>                        messages lie inside records,
//   write(1, "vm\n", 3vm                                                     and so does what the program
//   )  = 3                                                                   prints
//   13511 futex(0xa5b8f8, FUTEX_WAKE_PRIVATE, 1 <unfinished ...>             -z: the rest of the call that
//   was )                                       = 1 <0.000013>                   interrupted last 12345
//   read(0, 12400 execve("/bin/true", ...) = 0 <0.0003>                strace was killed, and the next
//                                                                            run appended to the log (-A)
//   % time     seconds  usecs/call     calls    errors syscall               -c and -C
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backends/strace/log_clock.h"
#include "backends/strace/summary_table.h"
#include "backends/strace/translator.h"

namespace latimer::strace {

// Of a table, kept for later.
struct TableCall {
  std::string name;
  std::string mode;  // "32 bit"; empty: not said
  std::uint64_t count = 0, errors = 0;
  std::optional<std::uint64_t> time_ns, min_ns, max_ns;
};

class LogLines {
 public:
  // All live longer.
  LogLines(Translator& translator, LogClock& clock) : translator_(translator), clock_(clock) {}

  // `new_run`: false for a log that is about another task of the same run (-ff).
  void begin_log(const Layout& layout, bool new_run);
  // `parsed`: what parse_line() made of it with columns().
  void line(const Line& line, Parsed& parsed);
  // A line that was skimmed. False: it is for line(), and nothing was done.
  bool skimmed(const Skimmed& line, SnapshotBuilder& sums);
  void end_log();

  // Another run in the same log may have been made with other flags.
  [[nodiscard]] const Layout& columns() const { return layout_; }
  [[nodiscard]] bool other_columns() const { return other_columns_; }
  [[nodiscard]] std::uint64_t runs() const { return runs_; }
  // Of runs that told nothing but their table (-c); those of -C are about calls that are known one by one.
  [[nodiscard]] const std::vector<TableCall>& tables() const { return tables_; }
  [[nodiscard]] std::uint64_t tables_beside_calls() const { return tables_beside_calls_; }
  // Rows of tables that have no such column (-U).
  [[nodiscard]] std::uint64_t rows_without_calls() const { return rows_without_calls_; }
  [[nodiscard]] std::uint64_t rows_without_errors() const { return rows_without_errors_; }
  // Tables that end without their totals.
  [[nodiscard]] std::uint64_t cut_tables() const { return cut_tables_; }

 private:
  void record(const Line& line, Parsed& parsed);
  void odd_line(const Line& line, const Parsed& parsed);
  bool table_line(const Line& line);
  bool cut_message(const Line& line);
  bool join(const Line& line);
  bool finish_interrupted(const Line& line);
  bool cut_run(const Line& line);
  bool columns_changed(const Line& line);
  bool second_of_run(const Line& line);
  void use_columns(const Layout& columns);
  bool other_run(const Line& line, std::size_t at);
  void release_held();
  void begin_run();

  Translator& translator_;
  LogClock& clock_;
  Layout layout_;
  bool other_columns_ = false;  // than at the log's beginning
  std::uint64_t runs_ = 0;
  bool run_counted_ = false;
  std::uint64_t records_ = 0;  // of this run
  unsigned unreadable_ = 0;    // lines since the latest record
  std::optional<Layout> candidate_;
  bool behind_cut_ = false;  // this run began behind a line that was cut off
  std::string held_;         // the beginning of a record that goes on in a later line
  std::uint64_t held_offset_ = 0;
  bool held_is_line_ = false;  // nothing else was in its line, which is not counted yet
  unsigned joins_ = 0;         // that were tried with it
  std::string joined_;
  bool interrupted_ = false;  // the latest record was the beginning of a call
  std::int32_t interrupted_tid_ = 0;
  std::int32_t interrupted_number_ = -1;  // of that call in the native ABI; -1: it is known by name
  std::string interrupted_name_;
  SummaryTable table_;
  std::string mode_;  // of the next table
  std::vector<TableCall> tables_;
  std::uint64_t tables_beside_calls_ = 0;
  std::uint64_t rows_without_calls_ = 0;
  std::uint64_t rows_without_errors_ = 0;
  std::uint64_t cut_tables_ = 0;
  unsigned searches_ = 0;  // in this log, for another run inside a line
};

}  // namespace latimer::strace
