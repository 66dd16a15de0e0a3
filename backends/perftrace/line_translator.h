// LineTranslator: lines of one of perf's texts -> what Pairing understands. What the kinds of text have in
// common.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/engine/line_account.h"
#include "core/engine/pairing.h"
#include "core/engine/syscall_filter.h"
#include "core/model/call_traits.h"
#include "core/model/subject.h"
#include "core/stats/snapshot_builder.h"

namespace latimer::perftrace {

struct TranslatorOptions {
  SyscallFilter filter;
  GroupBy by = GroupBy::none;
  bool timing = true;
  bool details = false;     // arguments, births and deaths are wanted, too
  bool live = false;        // who is watched is known: it is us who had it recorded
  bool follow = true;       // processes that appear later count
  bool tells_loss = false;  // there is a line wherever something was lost
  // A command held by our own launcher: its calls count from its first execve on.
  std::optional<std::int32_t> held_pid;
};

class LineTranslator {
 public:
  virtual ~LineTranslator() = default;

  // `sums`: where calls that need no event are added up; null: every call gets one.
  virtual void line(const Line& line, SnapshotBuilder* sums) = 0;
  // Another log begins: nobody who was heard of is heard of again. `name`: see LineAccount.
  virtual void begin_log(std::string name);
  // What the tool itself says that this log lost, all in all: what its lines did not tell is lost as well.
  void lost_in_all(std::uint64_t count);
  // There is nothing more.
  virtual void finish() { pairing_.settle(); }

  [[nodiscard]] Pairing& pairing() { return pairing_; }
  [[nodiscard]] Ledger ledger() const { return pairing_.ledger(); }
  [[nodiscard]] const LineLedger& lines() const { return account_.ledger(); }
  // Of the log that is being read; its latest line.
  [[nodiscard]] std::optional<std::int64_t> now_ns() const { return now_ns_; }
  // From the first line to the last, of one log; nullopt: there are several, or no times.
  [[nodiscard]] std::optional<std::uint64_t> span_ns() const;
  // Steps that durations are told in.
  [[nodiscard]] virtual std::uint64_t duration_step_ns() const = 0;
  // What the text does not tell, and what that means for the numbers.
  [[nodiscard]] virtual std::vector<std::string> warnings() const = 0;

 protected:
  LineTranslator(const TranslatorOptions& options, const PairingOptions& pairing, TaskOracle* oracle);
  void note_time(std::int64_t time_ns);
  // A line says so; see Pairing::tool_lost.
  void lost(std::uint64_t count);
  [[nodiscard]] bool selects(std::int32_t number) const { return filter_.selects(kNativeAbi, number); }
  [[nodiscard]] GroupBy by() const { return by_; }
  [[nodiscard]] LineAccount& account() { return account_; }

 private:
  const SyscallFilter filter_;
  const GroupBy by_;
  Pairing pairing_;
  LineAccount account_;
  unsigned logs_ = 0;
  std::uint64_t lost_ = 0;  // of the log that is being read
  std::optional<std::int64_t> first_ns_, now_ns_;
};

[[nodiscard]] bool has_trait(std::int32_t number, CallTrait trait);

}  // namespace latimer::perftrace
