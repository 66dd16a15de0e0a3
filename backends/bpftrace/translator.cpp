#include "backends/bpftrace/translator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "backends/bpftrace/json_line.h"
#include "backends/bpftrace/record_identity.h"
#include "core/model/call_traits.h"
#include "core/model/errno_table.h"
#include "core/model/syscall_arguments.h"

namespace latimer::bpftrace {
namespace {

constexpr std::size_t kLongestPath = kStringBytes - 1;  // what has this length may go on

void add(Count& count, std::uint64_t more = 1) { count = count.value_or(0) + more; }

std::int32_t error_of(const CallRecord& record, std::int32_t number, Abi abi) {
  if (record.value >= 0 || record.value < -kMaxErrno) return 0;
  // What sigreturn "returns" is a register of the interrupted code, and no error of its own.
  if ((call_traits(abi, number) & kSigreturns) != 0) return 0;
  return static_cast<std::int32_t>(-record.value);
}

}  // namespace

Translator::Translator(const TranslatorOptions& options) : options_(options) {
  for (Count* count :
       {&ledger_.exits, &ledger_.completed, &ledger_.no_return, &ledger_.child_returns, &ledger_.refused,
        &ledger_.began_before_attach, &ledger_.lost_enters, &ledger_.lost_exits})
    *count = 0;
  for (const LossReason reason : {LossReason::tool_reported, LossReason::map_full, LossReason::mismatch})
    ledger_.lost[static_cast<std::size_t>(reason)] = 0;
}

void Translator::begin_log(std::string name) {
  account_.set_log(std::move(name));
  begun_ns_.reset();
  over_ns_.reset();
  states_.clear();
  cuts_.clear();
  kernel_enters_.reset();
  kernel_exits_.reset();
  exits_ = told_ = 0;
  names_.clear();
}

void Translator::clear() {
  events_.clear();
  losses_.clear();
  pieces_.clear();
  paths_.clear();
}

void Translator::lose(LossReason reason, std::uint64_t count) {
  ledger_.add_loss(reason, count);
  losses_.push_back({reason, count});
}

std::optional<std::uint64_t> Translator::span_ns() const {
  if (logs_ > 1 || !begun_ns_ || !over_ns_ || *over_ns_ < *begun_ns_) return std::nullopt;
  return static_cast<std::uint64_t>(*over_ns_ - *begun_ns_);
}

void Translator::judge(const Line& line, const Fate& fate) {
  if (fate.rejected) return account_.reject(line, fate.rejected->reason, fate.rejected->column);
  fate.record ? account_.record() : account_.ignore(fate.ignored);
}

void Translator::line(const Line& line, SnapshotBuilder* sums) {
  if (line.overlong) return account_.reject(line, "longer than 16 MiB", 0);
  // A number may have been cut.
  if (!line.terminated) return account_.reject(line, "cut off", line.text.size());
  if (!is_json_line(line.text)) return judge(line, take(parse_line(line.text), sums));
  Fate fate;
  parse_json_line(line.text, [this, sums, &fate](const Parsed& parsed) {
    if (!fate.rejected) fate = take(parsed, sums);
  });
  if (fate.ignored.empty() && !fate.record && !fate.rejected) fate.ignored = "blank";
  judge(line, fate);
}

Translator::Fate Translator::take(const Parsed& parsed, SnapshotBuilder* sums) {
  if (const auto* record = std::get_if<CallRecord>(&parsed)) {
    if (call(*record, sums)) return {true, {}, {}};
    return {false, "not selected", {}};
  }
  if (const auto* born = std::get_if<Birth>(&parsed)) {
    birth(*born);
    return {false, "birth", {}};
  }
  if (const auto* rejected = std::get_if<Rejected>(&parsed)) return {false, {}, *rejected};
  if (const auto* ignored = std::get_if<Ignored>(&parsed)) return {false, ignored->kind, {}};
  if (const auto* found = std::get_if<Mark>(&parsed)) {
    mark(*found);
    return {false, "mark", {}};
  }
  if (const auto* found = std::get_if<MapElement>(&parsed)) {
    element(*found);
    return {false, "map", {}};
  }
  if (const auto* lost = std::get_if<LostEvents>(&parsed)) {
    told_ += lost->count;
    lose(LossReason::tool_reported, lost->count);
    return {false, "lost events", {}};
  }
  ++map_full_;
  if (!options_.launched) lose(LossReason::map_full, 1);
  return {false, "warning", {}};
}

void Translator::note_name(const CallRecord& record) {
  if (!record.named || options_.by == GroupBy::none) return;
  if (record.kind == CallKind::died_inside) {
    names_.erase(record.tid);
  } else {
    names_[record.tid] = record.comm;
  }
}

SyscallEvent& Translator::emit(const CallRecord& record, EventKind kind) {
  SyscallEvent& event = events_.emplace_back();
  event.kind = kind;
  event.clock = ClockDomain::monotonic;
  event.duration_source = DurationSource::kernel_delta;
  event.abi = abi_of(record.compat);
  event.number = number_of(record);
  event.tid = record.tid;
  event.tgid = record.pid;
  event.comm = record.comm;
  if (!record.has_args) return event;
  event.has_args = true;
  event.args = record.args;
  const CallSpec& spec = call_spec(event.abi, event.number);
  // An empty path may be one that could not be read.
  if (record.path.empty() || spec.path < 0) return event;
  pieces_.push_back({static_cast<std::uint8_t>(spec.path), record.path.size() >= kLongestPath,
                     paths_.emplace_back(record.path)});
  event.memory = {&pieces_.back(), 1};
  return event;
}

void Translator::birth(const Birth& birth) {
  constexpr std::uint64_t kThread = 0x10000;  // CLONE_THREAD, include/uapi/linux/sched.h
  SyscallEvent& event = events_.emplace_back();
  event.kind = EventKind::forked;
  event.clock = ClockDomain::monotonic;
  event.start_ns = birth.time_ns;
  event.tid = birth.child;
  event.tgid = (birth.flags & kThread) != 0 ? birth.parent : birth.child;
  event.args = {static_cast<std::uint64_t>(birth.parent), birth.flags};
}

void Translator::count_exit(const CallRecord& record, EventKind kind, Count& term) {
  add(ledger_.exits);
  add(term);
  SyscallEvent& event = emit(record, kind);
  event.return_value = record.value;
  event.error = error_of(record, event.number, event.abi);
  if (kind != EventKind::completed) return;
  event.start_ns = record.start_ns;
  if (options_.timing) event.duration_ns = record.duration_ns;
}

void Translator::died(const CallRecord& record, bool by_design) {
  SyscallEvent& event = emit(record, by_design ? EventKind::no_return : EventKind::killed_inside);
  event.start_ns = record.start_ns;
  if (options_.timing && !by_design) event.duration_ns = record.duration_ns;
}

void Translator::found_inside(std::int32_t tid, std::int32_t pid, std::int32_t number, std::int64_t time_ns) {
  if (!options_.filter.selects(kNativeAbi, number)) return;
  CallRecord& record = found_[tid];
  record.tid = tid;
  record.pid = pid;
  record.number = number;
  record.start_ns = time_ns;
}

// False: nobody asked for it.
bool Translator::call(const CallRecord& record, SnapshotBuilder* sums) {
  if (record.kind != CallKind::died_inside && record.kind != CallKind::exit_lost) ++exits_;
  if (!found_.empty()) found_.erase(record.tid);
  const Abi abi = abi_of(record.compat);
  const std::int32_t number = number_of(record);
  if (!options_.filter.selects(abi, number)) return false;
  note_name(record);
  switch (record.kind) {
    case CallKind::completed:
      if (sums == nullptr || options_.by != GroupBy::none) {
        count_exit(record, EventKind::completed, ledger_.completed);
        break;
      }
      add(ledger_.exits);
      add(ledger_.completed);
      sums->add_completed(abi, number, error_of(record, number, abi),
                          options_.timing ? &record.duration_ns : nullptr, false);
      break;
    case CallKind::refused:
      count_exit(record, EventKind::refused, ledger_.refused);
      break;
    case CallKind::began_before:
      if (!options_.launched) {
        count_exit(record, EventKind::began_before, ledger_.began_before_attach);
        break;
      }
      // Its entry found no room in the map. The kernel has counted that all the same.
      add(ledger_.exits);
      add(ledger_.lost_enters);
      add(ledger_.lost_exits);
      lose(LossReason::map_full, 1);
      break;
    case CallKind::child_return:
      add(ledger_.exits);
      add(ledger_.child_returns);
      break;
    case CallKind::died_inside:
      add(ledger_.no_return);
      died(record, (call_traits(abi, number) & kNeverReturns) != 0);
      break;
    case CallKind::exit_lost:
      add(ledger_.lost_exits);
      lose(LossReason::mismatch, 1);
      break;
  }
  return true;
}

void Translator::mark(const Mark& mark) {
  switch (mark.kind) {
    case MarkKind::header:
      break;
    case MarkKind::begun:
      begun_ns_ = mark.time_ns;
      break;
    case MarkKind::over:
      over_ns_ = mark.time_ns;
      break;
    case MarkKind::tick:
      ++ticks_;
      found_nobody_ = saw_watched_ ? 0 : found_nobody_ + 1;
      saw_watched_ = false;
      break;
  }
}

void Translator::element(const MapElement& element) {
  switch (element.map) {
    case MapName::state:
      states_[element.key] = element.values;
      break;
    case MapName::cut:
      cuts_[element.key] = {element.values[0], element.values[1]};
      break;
    case MapName::watched:
      saw_watched_ = true;
      break;
    case MapName::enters:
      kernel_enters_ = static_cast<std::uint64_t>(element.values[0]);
      break;
    case MapName::exits:
      kernel_exits_ = static_cast<std::uint64_t>(element.values[0]);
      break;
  }
}

std::vector<std::string> Translator::warnings() const {
  std::vector<std::string> warnings;
  if (map_full_ > 0)
    warnings.push_back(
        fmt::format("bpftrace's maps were full {} times: calls are missing (BPFTRACE_MAP_KEYS_MAX=N in the "
                    "environment makes room for N threads)",
                    map_full_));
  if (untold_ > 0)
    warnings.push_back(fmt::format(
        "bpftrace lost {} records that it did not tell of; the kernel's count of them did", untold_));
  if (cut_logs_ > 0)
    warnings.emplace_back(
        "bpftrace's output ends before bpftrace did: calls may be missing, and what was still under way is "
        "not known");
  return warnings;
}

}  // namespace latimer::bpftrace
