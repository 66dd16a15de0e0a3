// Translator: records of Latimer's bpftrace program -> events, losses and the ledger. The kernel has joined
// entries and exits already, so records need no order, and nothing is kept of them.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "backends/bpftrace/line.h"
#include "core/engine/line_account.h"
#include "core/engine/syscall_filter.h"
#include "core/model/ledger.h"
#include "core/model/loss.h"
#include "core/model/subject.h"
#include "core/model/syscall_event.h"
#include "core/stats/snapshot.h"
#include "core/stats/snapshot_builder.h"

namespace latimer::bpftrace {

struct TranslatorOptions {
  SyscallFilter filter;  // of files: the program has selected already
  GroupBy by = GroupBy::none;
  bool timing = true;
  bool live = false;      // /proc can be asked for names
  bool launched = false;  // nothing can have begun before the watching
};

// Not thread-safe. Memory: with subjects the names of threads, and what is under way at the end.
class Translator {
 public:
  explicit Translator(const TranslatorOptions& options);

  // `sums`: where completed calls are added up that need no event; null: every call gets one.
  void line(const Line& line, SnapshotBuilder* sums);
  // Watching has begun, and the thread is asleep in this native call; whether it entered it before that will
  // show.
  void found_inside(std::int32_t tid, std::int32_t pid, std::int32_t number, std::int64_t time_ns);
  // Another output follows. `name`: see LineAccount.
  void begin_log(std::string name);
  // The output is over: what was under way, and what the kernel's own counts say. Once for each output.
  void finish();

  // Since the last clear().
  [[nodiscard]] std::span<SyscallEvent> events() { return events_; }
  [[nodiscard]] std::span<const Loss> losses() const { return losses_; }
  void clear();

  [[nodiscard]] const Ledger& ledger() const { return ledger_; }
  [[nodiscard]] const LineLedger& lines() const { return account_.ledger(); }
  [[nodiscard]] const std::vector<InFlight>& in_flight() const { return in_flight_; }
  [[nodiscard]] std::vector<std::string> warnings() const;

  // Watching has begun.
  [[nodiscard]] bool begun() const { return begun_ns_.has_value(); }
  // It has come to its end, all was told.
  [[nodiscard]] bool whole() const { return over_ns_.has_value(); }
  // From one to the other; nullopt: one of them is missing, or there are several outputs.
  [[nodiscard]] std::optional<std::uint64_t> span_ns() const;
  // How often bpftrace has said that it lives; what it had read was printed before.
  [[nodiscard]] std::uint64_t ticks() const { return ticks_; }
  // How often in a row bpftrace has found nobody left to watch.
  [[nodiscard]] unsigned found_nobody() const { return found_nobody_; }

 private:
  struct Cut {
    std::int64_t duration_ns = 0, value = 0;
  };
  // What becomes of a line.
  struct Fate {
    bool record = false;
    std::string_view ignored;
    std::optional<Rejected> rejected;
  };
  void judge(const Line& line, const Fate& fate);
  void birth(const Birth& birth);
  void died(const CallRecord& record, bool by_design);
  Fate take(const Parsed& parsed, SnapshotBuilder* sums);
  bool call(const CallRecord& record, SnapshotBuilder* sums);
  void count(const CallRecord& record, EventKind kind);
  void count_exit(const CallRecord& record, EventKind kind, Count& term);
  SyscallEvent& emit(const CallRecord& record, EventKind kind);
  void mark(const Mark& mark);
  void element(const MapElement& element);
  void lose(LossReason reason, std::uint64_t count);
  void settle_found();
  [[nodiscard]] InFlight describe(const CallRecord& record) const;
  void settle_state(std::int32_t tid, const std::array<std::int64_t, 4>& state);
  void settle_counts();
  void note_name(const CallRecord& record);
  [[nodiscard]] std::array<char, 16> name_of(std::int32_t tid) const;

  const TranslatorOptions options_;
  LineAccount account_;
  std::vector<SyscallEvent> events_;
  std::deque<std::string> paths_;  // that the events point to, as to these:
  std::deque<MemoryPiece> pieces_;
  std::vector<Loss> losses_;
  Ledger ledger_;
  std::vector<InFlight> in_flight_;
  std::unordered_map<std::int32_t, std::array<char, 16>> names_;  // by tid, with subjects
  unsigned logs_ = 0, cut_logs_ = 0;
  std::uint64_t map_full_ = 0;
  std::uint64_t untold_ = 0;  // lost, and not a word about it

  // Of the output that is being read.
  std::optional<std::int64_t> begun_ns_, over_ns_;
  std::map<std::int32_t, std::array<std::int64_t, 4>> states_;
  std::unordered_map<std::int32_t, Cut> cuts_;
  std::map<std::int32_t, CallRecord> found_;  // by tid: nothing has been heard of it since
  std::optional<std::uint64_t> kernel_enters_, kernel_exits_;
  std::uint64_t exits_ = 0, told_ = 0;
  std::uint64_t ticks_ = 0;
  bool saw_watched_ = false;
  unsigned found_nobody_ = 0;
};

}  // namespace latimer::bpftrace
