// What the end of bpftrace's output tells: what was still under way, and what the kernel's own counts say.
#include <algorithm>
#include <cstring>
#include <utility>

#include "backends/bpftrace/record_identity.h"
#include "backends/bpftrace/translator.h"
#include "core/sys/proc.h"

namespace latimer::bpftrace {
namespace {

constexpr std::int64_t kStates = 9;  // smaller "starts" are no times
constexpr std::int64_t kCompat = 1, kCutShort = 2;

void add(Count& count, std::uint64_t more) { count = count.value_or(0) + more; }

}  // namespace

std::array<char, 16> Translator::name_of(std::int32_t tid) const {
  if (const auto known = names_.find(tid); known != names_.end()) return known->second;
  std::array<char, 16> comm{};
  if (!options_.live) return comm;
  if (const auto name = comm_of(tid))
    std::memcpy(comm.data(), name->data(), std::min<std::size_t>(15, name->size()));
  return comm;
}

// What a thread was in at the end.
void Translator::settle_state(std::int32_t tid, const std::array<std::int64_t, 4>& state) {
  const auto [start_ns, number, flags, pid] = state;
  if (start_ns <= kStates || number < INT32_MIN || number > INT32_MAX || pid < 0 || pid > INT32_MAX) return;
  CallRecord record;
  record.compat = (flags & kCompat) != 0;
  record.pid = static_cast<std::int32_t>(pid);
  record.tid = tid;
  record.number = static_cast<std::int32_t>(number);
  record.start_ns = start_ns;
  record.comm = name_of(tid);
  if (!options_.filter.selects(abi_of(record.compat), number_of(record))) return;
  // Cut short by a signal, and its thread has neither gone on nor ended.
  if ((flags & kCutShort) != 0) {
    const auto cut = cuts_.find(tid);
    if (cut == cuts_.end() || cut->second.duration_ns < 0) return;
    record.duration_ns = cut->second.duration_ns;
    record.value = cut->second.value;
    return count_exit(record, EventKind::completed, ledger_.completed);
  }
  add(ledger_.in_flight, 1);
  in_flight_.push_back(describe(record));
}

InFlight Translator::describe(const CallRecord& record) const {
  InFlight open;
  Subject subject;
  subject.kind = options_.by;
  const std::string name(std::string_view(record.comm.data()));
  if (options_.by == GroupBy::thread) subject.tid = record.tid;
  if (options_.by == GroupBy::thread || options_.by == GroupBy::process) subject.pid = record.pid;
  if (options_.by != GroupBy::none) subject.name = name;
  open.key = {abi_of(record.compat), number_of(record), subject};
  open.pid = record.pid;
  open.tid = record.tid;
  open.comm = name;
  open.age_ns = static_cast<std::uint64_t>(std::max<std::int64_t>(0, *over_ns_ - record.start_ns));
  return open;
}

// Of a call that was entered before the watching began and never left the kernel tells nothing.
void Translator::settle_found() {
  for (auto& [tid, record] : std::exchange(found_, {})) {
    record.comm = name_of(tid);
    if (!task_exists(tid)) {
      emit(record, EventKind::killed_inside);
      continue;
    }
    in_flight_.push_back(describe(record));
    in_flight_.back().at_least = true;
  }
}

// Records that were lost without a word show here: the kernel counted those that it printed.
void Translator::settle_counts() {
  const std::uint64_t printed = kernel_exits_.value_or(0);
  const std::uint64_t missing = printed > exits_ ? printed - exits_ : 0;
  if (missing > told_) {
    untold_ += missing - told_;
    lose(LossReason::tool_reported, missing - told_);
  }
  add(ledger_.lost_enters, missing);
  add(ledger_.lost_exits, missing);
  add(ledger_.exits, missing);
  // Of a file of which only some calls were asked for, nobody counted those.
  if (options_.filter.selects_all() && (logs_ == 1 || ledger_.enters))
    add(ledger_.enters, kernel_enters_.value_or(0));
}

void Translator::finish() {
  ++logs_;
  found_nobody_ = 0;
  if (!over_ns_) {
    // Neither what was under way is known nor how much there should have been.
    ++cut_logs_;
    ledger_.enters.reset();
    ledger_.in_flight.reset();
    add(ledger_.lost_enters, told_);
    add(ledger_.lost_exits, told_);
    add(ledger_.exits, told_);
    return;
  }
  if (cut_logs_ == 0) add(ledger_.in_flight, 0);
  for (const auto& [tid, state] : std::exchange(states_, {})) {
    found_.erase(tid);
    settle_state(tid, state);
  }
  settle_found();
  settle_counts();
  if (cut_logs_ > 0) {
    ledger_.enters.reset();
    ledger_.in_flight.reset();
  }
}

}  // namespace latimer::bpftrace
