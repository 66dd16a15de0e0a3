#include "validation/compare/plausible.h"

#include <fmt/format.h>

#include <algorithm>

#include "validation/compare/judgement.h"

namespace latimer::compare {
namespace {

constexpr std::string_view kMakers[] = {"fork", "vfork", "clone", "clone3"};

class Contradictions {
 public:
  explicit Contradictions(const Observation& seen) : seen_(seen) {}

  std::vector<Complaint> all() {
    ledger();
    children();
    for (const auto& [call, row] : seen_.calls) one_row(call, row);
    time();
    return std::move(found_);
  }

 private:
  void ledger();
  void children();
  void one_row(const std::string& call, const SeenCall& row);
  void time();
  void add(ComplaintKind kind, const std::string& call, std::string text) {
    found_.push_back({kind, call, std::move(text)});
  }
  [[nodiscard]] std::uint64_t lost(LossReason reason) const {
    return seen_.ledger.lost[static_cast<std::size_t>(reason)].value_or(0);
  }
  [[nodiscard]] std::uint64_t made() const;

  const Observation& seen_;
  std::vector<Complaint> found_;
};

void Contradictions::ledger() {
  const Ledger& book = seen_.ledger;
  if (const auto residual = book.enter_residual(); residual.value_or(0) != 0)
    add(ComplaintKind::ledger, "", fmt::format("{} entries more than their fates", *residual));
  if (const auto residual = book.exit_residual(); residual.value_or(0) != 0)
    add(ComplaintKind::ledger, "", fmt::format("{} exits more than their causes", *residual));
  const bool something_lost =
      lost_calls(book) > 0 || lost(LossReason::half_told) > 0 || lost(LossReason::hidden) > 0;
  if (seen_.complete && (something_lost || !seen_.balanced))
    add(ComplaintKind::ledger, "", "the report says that it is complete, and its ledger that it is not");
  if (!seen_.complete && !something_lost)
    add(ComplaintKind::ledger, "",
        fmt::format("the report says that it is INCOMPLETE, though nothing is told as lost: {}",
                    fmt::join(seen_.warnings, "; ")));
  std::uint64_t counted = 0;
  for (const auto& [call, row] : seen_.calls) counted += row.counts.count;
  const std::uint64_t booked =
      book.completed.value_or(counted) + book.refused.value_or(0) + lost(LossReason::half_told);
  if (book.completed && counted != booked)
    add(ComplaintKind::ledger, "",
        fmt::format("the rows add up to {} completions, the ledger to {}", counted, booked));
}

std::uint64_t Contradictions::made() const {
  std::uint64_t made = 0;
  for (const auto& [call, row] : seen_.calls) {
    const std::string_view name = std::string_view(call).substr(call.find(':') + 1);
    if (std::find(std::begin(kMakers), std::end(kMakers), name) != std::end(kMakers))
      made += row.counts.count - std::min(row.counts.count, row.error_count);
  }
  return made;
}

// Each child that was followed returned once from the call that made it.
void Contradictions::children() {
  const Count told = seen_.ledger.child_returns;
  if (!told || *told == made() || lost_calls(seen_.ledger) > 0) return;
  add(ComplaintKind::ledger, "", fmt::format("{} returns in children, {} children made", *told, made()));
}

void Contradictions::one_row(const std::string& call, const SeenCall& row) {
  std::uint64_t errors = 0;
  for (const auto& [error, count] : row.counts.errors) errors += count;
  if (errors != row.error_count || errors > row.counts.count)
    add(ComplaintKind::rows, call,
        fmt::format("{} errors by name, {} in all, of {} completions", errors, row.error_count,
                    row.counts.count));
  const std::uint64_t timed = row.counts.count - std::min(row.counts.count, row.untimed);
  if (!row.total_ns || timed == 0) return;
  if (row.in_histogram != timed)
    add(ComplaintKind::rows, call, fmt::format("the histogram holds {} of {}", row.in_histogram, timed));
  const bool ordered = row.min_ns && row.max_ns && row.p50_ns && row.p99_ns && *row.min_ns <= *row.p50_ns &&
                       *row.p50_ns <= *row.p99_ns && *row.p99_ns <= *row.max_ns;
  if (!ordered) return add(ComplaintKind::rows, call, "minimum, percentiles and maximum are out of order");
  if (*row.total_ns < *row.min_ns * timed || *row.total_ns > *row.max_ns * timed)
    add(ComplaintKind::rows, call,
        fmt::format("a total of {} ns lies beyond minimum and maximum", *row.total_ns));
}

// Nobody can have been in calls for longer than there was time: as much for each task as the whole run took.
void Contradictions::time() {
  std::uint64_t total = 0;
  for (const auto& [call, row] : seen_.calls) total += row.total_ns.value_or(0);
  const std::uint64_t tasks = made() + 1;
  if (seen_.duration_ns == 0 || total / tasks <= seen_.duration_ns || lost_calls(seen_.ledger) > 0) return;
  add(ComplaintKind::latency, "",
      fmt::format("{} ns in calls, though {} tasks had {} ns each", total, tasks, seen_.duration_ns));
}

}  // namespace

std::uint64_t lost_calls(const Ledger& ledger) {
  std::uint64_t by_reason = 0;
  for (std::size_t reason = 0; reason < ledger.lost.size(); ++reason) {
    const auto which = static_cast<LossReason>(reason);
    if (which != LossReason::half_told && which != LossReason::hidden)
      by_reason += ledger.lost[reason].value_or(0);
  }
  return by_reason;
}

std::vector<Complaint> contradictions(const Observation& seen) { return Contradictions(seen).all(); }

}  // namespace latimer::compare
