#include "validation/compare/judgement.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "validation/compare/plausible.h"

namespace latimer::compare {
namespace {

// perf trace prints microseconds, rounded.
constexpr std::uint64_t kPrintedResolutionNs = 1000;

std::string text_of(const CountsByName& counts) {
  std::string text;
  for (const auto& [name, count] : counts)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name);
  return text.empty() ? "none" : text;
}

std::uint64_t completions_of(const Observation& seen, const std::vector<std::string>& names) {
  std::uint64_t count = 0;
  for (const auto& [call, row] : seen.calls) {
    const std::string_view name = std::string_view(call).substr(call.find(':') + 1);
    if (std::find(names.begin(), names.end(), name) != names.end()) count += row.counts.count;
  }
  return count;
}

class Judge {
 public:
  Judge(const Truth& truth, const Way& way, const Observation& seen, const CallTable& library)
      : truth_(truth),
        seen_(seen),
        expected_(expect(truth, way, seen, library)),
        lost_(lost_calls(seen.ledger)) {}
  Judgement run();

 private:
  [[nodiscard]] const SeenCall& seen(const std::string& call) const {
    static const SeenCall nothing;
    const auto found = seen_.calls.find(call);
    return found == seen_.calls.end() ? nothing : found->second;
  }
  void complain(ComplaintKind kind, const std::string& call, std::string text) {
    judgement_.complaints.push_back({kind, call, std::move(text)});
  }
  void counts();
  void errors(const std::string& call, const CallCounts& expected);
  void ends();
  void figure(ComplaintKind kind, const std::string& call, std::string_view what, const Count& told,
              std::uint64_t expected);
  void sleeps();

  const Truth& truth_;
  const Observation& seen_;
  const Expectation expected_;
  const std::uint64_t lost_;
  std::uint64_t missing_ = 0;  // completions fewer than expected
  bool off_ = false;           // a figure is off otherwise than loss can make it
  Judgement judgement_;
};

void Judge::counts() {
  for (const auto& [call, expected] : expected_.calls) {
    const CallCounts& told = seen(call).counts;
    if (told.count != expected.count) {
      complain(ComplaintKind::count, call, fmt::format("{} told, {} expected", told.count, expected.count));
      if (told.count < expected.count) missing_ += expected.count - told.count;
      off_ = off_ || told.count > expected.count;
    }
    errors(call, expected);
  }
}

// An error can be missing with its call; one too many, or another one, cannot come of loss.
void Judge::errors(const std::string& call, const CallCounts& expected) {
  const CountsByName& told = seen(call).counts.errors;
  CountsByName wanted = expected.errors;
  std::erase_if(wanted, [](const auto& entry) { return entry.second == 0; });
  if (told == wanted) return;
  complain(ComplaintKind::errors, call, fmt::format("{} told, {} expected", text_of(told), text_of(wanted)));
  for (const auto& [error, count] : told) {
    const auto found = wanted.find(error);
    off_ = off_ || found == wanted.end() || found->second < count;
  }
  std::uint64_t short_of = 0;
  for (const auto& [error, count] : wanted) {
    const auto found = told.find(error);
    short_of += count - std::min(count, found == told.end() ? 0 : found->second);
  }
  off_ = off_ ||
         short_of > lost_ + seen_.ledger.lost[static_cast<std::size_t>(LossReason::half_told)].value_or(0);
}

void Judge::figure(ComplaintKind kind, const std::string& call, std::string_view what, const Count& told,
                   std::uint64_t expected) {
  if (!told || *told == expected) return;
  complain(kind, call, fmt::format("{} {} told, {} expected", *told, what, expected));
  off_ = off_ || *told > expected || expected - *told > lost_;
}

void Judge::ends() {
  for (const auto& [call, count] : expected_.killed_inside) {
    const Count told = seen_.calls.contains(call) ? seen(call).killed_inside : Count(0);
    figure(ComplaintKind::killed, call, "killed inside", told, count);
    if (!expected_.calls.contains(call))
      figure(ComplaintKind::count, call, "completed", seen(call).counts.count, 0);
  }
  for (const auto& [call, count] : expected_.in_flight)
    figure(ComplaintKind::in_flight, call, "in flight", seen(call).in_flight, count);
  for (const auto& [call, count] : expected_.logical)
    figure(ComplaintKind::logical, call, "with restarts joined", seen(call).logical, count);
  figure(ComplaintKind::ledger, "", "refused", seen_.ledger.refused, expected_.refused);
}

void Judge::sleeps() {
  for (const auto& [call, asked] : truth_.at_least_ns) {
    const SeenCall& told = seen(call);
    if (!told.min_ns) {
      complain(ComplaintKind::latency, call, "no duration is told");
    } else if (*told.min_ns < asked) {
      complain(ComplaintKind::latency, call,
               fmt::format("a sleep of {} ns is told as {} ns", asked, *told.min_ns));
    }
  }
  for (const auto& [call, took] : truth_.took_ns) {
    const SeenCall& told = seen(call);
    if (told.total_ns.value_or(0) > took + told.counts.count * kPrintedResolutionNs)
      complain(ComplaintKind::latency, call,
               fmt::format("{} calls are told as {} ns, and the whole time around them was {} ns",
                           told.counts.count, *told.total_ns, took));
  }
}

Judgement Judge::run() {
  counts();
  ends();
  judgement_.reasons = expected_.reasons;
  const std::size_t by_loss = judgement_.complaints.size();
  for (Complaint& contradiction : contradictions(seen_))
    judgement_.complaints.push_back(std::move(contradiction));
  sleeps();
  const bool sound = judgement_.complaints.size() == by_loss;
  if (lost_ > 0)
    complain(ComplaintKind::ledger, "", fmt::format("the ledger says that {} calls were lost", lost_));
  if (!sound || off_ || missing_ > lost_)
    judgement_.verdict = Verdict::fail;
  else if (lost_ > 0 || by_loss > 0)
    judgement_.verdict = Verdict::lost;
  else
    judgement_.verdict = expected_.reasons.empty() ? Verdict::exact : Verdict::explained;
  return std::move(judgement_);
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  constexpr std::array<std::string_view, 5> kNames = {"skipped", "exact", "explained", "lost", "FAIL"};
  return kNames[static_cast<std::size_t>(verdict)];
}

Judgement judge(const Truth& truth, const Way& way, const Observation& seen, const CallTable& library) {
  return Judge(truth, way, seen, library).run();
}

Judgement judge_alone(const Observation& seen, const std::vector<MustShow>& must_show) {
  Judgement judgement{Verdict::exact, {}, contradictions(seen)};
  if (const std::uint64_t halves =
          seen.ledger.lost[static_cast<std::size_t>(LossReason::half_told)].value_or(0))
    judgement.reasons.push_back(half_told_reason(halves));
  const std::uint64_t lost = lost_calls(seen.ledger);
  for (const MustShow& wanted : must_show) {
    const std::uint64_t told = completions_of(seen, wanted.any_of);
    if (told + lost >= wanted.least && (!wanted.exact || told <= wanted.least)) continue;
    judgement.complaints.push_back(
        {ComplaintKind::count, fmt::format("{}", fmt::join(wanted.any_of, " or ")),
         fmt::format("{} told, {}{} must show", told, wanted.exact ? "" : "at least ", wanted.least)});
  }
  if (!judgement.complaints.empty()) judgement.verdict = Verdict::fail;
  if (lost == 0) return judgement;
  judgement.complaints.push_back(
      {ComplaintKind::ledger, "", fmt::format("the ledger says that {} calls were lost", lost)});
  judgement.verdict = std::max(judgement.verdict, Verdict::lost);
  return judgement;
}

}  // namespace latimer::compare
