#include "validation/compare/strace_reference.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <cmath>

#include "core/sys/bounded_run.h"
#include "core/sys/child_process.h"
#include "core/sys/fd_util.h"
#include "core/sys/temporary_folder.h"
#include "core/sys/tool_process.h"

namespace latimer::compare {
namespace {

constexpr std::string_view kNative = "x86_64:";
// A wake-up is late by the host's doing, too; two runs differ by that.
constexpr double kWakeUpNs = 1'000'000;
// Single sleeps may be so many times as late as they are in the mean.
constexpr double kLateness = 4;
constexpr double kBucketError = 0.03;

// The lengths of one call's completions in order: of each, the middle of its bucket.
std::vector<double> by_rank(const Observation& seen, const std::string& call) {
  std::vector<double> lengths;
  const auto row = seen.calls.find(call);
  if (row == seen.calls.end()) return lengths;
  for (const SeenCall::Bucket& bucket : row->second.histogram)
    lengths.insert(lengths.end(), bucket.count,
                   (static_cast<double>(bucket.lo_ns) + static_cast<double>(bucket.hi_ns)) / 2);
  return lengths;
}

// How late sleepers were woken, in the mean, by the clock inside the workload.
double lateness_ns(const Truth& truth, const std::string& call) {
  const auto asked = truth.at_least_ns.find(call), took = truth.took_ns.find(call);
  const auto made = truth.calls.find(call);
  if (asked == truth.at_least_ns.end() || took == truth.took_ns.end() || made == truth.calls.end()) return 0;
  const auto count = static_cast<double>(std::max<std::uint64_t>(made->second.count, 1));
  return std::max(0.0, static_cast<double>(took->second) / count - static_cast<double>(asked->second));
}

}  // namespace

bool has_few_sleeps(const Truth& truth) {
  std::uint64_t sleeps = 0;
  for (const auto& [call, asked] : truth.at_least_ns) {
    const auto made = truth.calls.find(call);
    sleeps += made == truth.calls.end() ? 0 : made->second.count;
  }
  return sleeps > 0 && sleeps <= kFewCalls;
}

CallDurations durations_in(std::string_view log, const Truth& truth) {
  // "123 poll(NULL, 0, 4) = 0 (Timeout) <0.004104>", "123 <... poll resumed>) = 0 <0.004104>"
  static const RE2 kLine(R"(^(?:\d+\s+)?(?:<\.\.\. )?(\w+)(?:\(| resumed).* <(\d+)\.(\d{6})>$)");
  CallDurations durations;
  for (std::size_t at = 0; at < log.size();) {
    const std::size_t end = std::min(log.find('\n', at), log.size());
    std::string name;
    std::uint64_t seconds = 0, micro = 0;
    if (RE2::PartialMatch(re2::StringPiece(log.data() + at, end - at), kLine, &name, &seconds, &micro)) {
      const std::string call = std::string(kNative) + name;
      if (truth.at_least_ns.contains(call)) durations[call].push_back((seconds * 1'000'000 + micro) * 1000);
    }
    at = end + 1;
  }
  return durations;
}

Result<StraceRun> run_strace(const std::vector<std::string>& command, int interrupt_fd) {
  Result<std::string> strace = resolve_command("strace");
  if (!strace) return std::move(strace).error();
  Result<TemporaryFolder> folder = TemporaryFolder::create();
  if (!folder) return std::move(folder).error();
  const std::string log = folder->path() + "/log";
  BoundedRun run;
  run.path = *strace;
  run.argv = {"strace", "-f", "-T", "-o", log, "--"};
  run.argv.insert(run.argv.end(), command.begin(), command.end());
  run.environment = plain_environment();
  Result<RunOutcome> outcome = run_bounded(run, interrupt_fd);
  if (!outcome) return std::move(outcome).error();
  if (outcome->status != ExitStatus{})
    return Error{Errc::io,
                 fmt::format("strace -f -T ended with {}: {}", outcome->status.shell_code(), outcome->err),
                 ""};
  Result<std::string> text = read_file(log);
  if (!text) return std::move(text).error();
  Result<Truth> truth = read_truth(outcome->out);
  if (!truth) return std::move(truth).error();
  return StraceRun{std::move(text).value(), std::move(truth).value()};
}

double CallComparison::largest_difference_ns() const {
  double largest = 0;
  for (const CallPair& pair : pairs)
    largest = std::max(largest, std::abs(pair.told_ns - static_cast<double>(pair.strace_ns)));
  return largest;
}

std::size_t CallComparison::off() const {
  return static_cast<std::size_t>(
      std::count_if(pairs.begin(), pairs.end(), [](const CallPair& pair) { return !pair.agrees; }));
}

CallComparison compare_calls(const StraceRun& strace, const std::string& way,
                             const std::vector<ComparedRun>& runs, const std::vector<OwnCost>& costs) {
  double own = 0;
  for (const OwnCost& cost : costs) own = std::max(own, cost.ns);
  CallComparison comparison{strace.truth.scenario, way, {}};
  for (const auto& [call, told] : durations_in(strace.log, strace.truth)) {
    std::vector<std::vector<double>> mine;
    std::vector<double> late;
    for (const ComparedRun& run : runs) {
      mine.push_back(by_rank(*run.seen, call));
      late.push_back(lateness_ns(*run.truth, call));
    }
    const double lateness = kLateness * (lateness_ns(strace.truth, call) + median(late));
    std::vector<std::uint64_t> theirs = told;
    std::sort(theirs.begin(), theirs.end());
    for (std::size_t rank = 0; rank < theirs.size(); ++rank) {
      std::vector<double> lengths;
      for (const std::vector<double>& run : mine) {
        if (rank < run.size()) lengths.push_back(run[rank]);
      }
      const auto length = static_cast<double>(theirs[rank]);
      CallPair pair{call, theirs[rank], median(lengths),
                    latency_margin_ns(length, kBucketError, own) + kWakeUpNs + lateness, false};
      pair.agrees = std::abs(pair.told_ns - length) <= pair.margin_ns;  // false of NaN: nothing is told
      comparison.pairs.push_back(std::move(pair));
    }
  }
  return comparison;
}

}  // namespace latimer::compare
