// Call by call against `strace -T`, which anybody can run and read: for workloads of few calls that sleep.
// What each call took is read from strace's own text, not through Latimer's backend.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/result.h"
#include "validation/compare/latency.h"
#include "validation/compare/observation.h"
#include "validation/compare/truth.h"

namespace latimer::compare {

// Workloads with more calls than this that sleep are not compared call by call.
inline constexpr std::uint64_t kFewCalls = 100;
[[nodiscard]] bool has_few_sleeps(const Truth& truth);

// Durations by call ("x86_64:poll"), in ns, in the order of strace's lines.
using CallDurations = std::map<std::string, std::vector<std::uint64_t>, std::less<>>;

// Of `strace -f -T` text, the calls that `truth` knows as sleeps. Lines in two pieces count when they end.
[[nodiscard]] CallDurations durations_in(std::string_view log, const Truth& truth);

struct StraceRun {
  std::string log;
  Truth truth;  // of this run: how long its sleeps were by the clock inside
};
// Runs `strace -f -T` over `command`. not_found: there is no strace. io: it or the command failed.
[[nodiscard]] Result<StraceRun> run_strace(const std::vector<std::string>& command, int interrupt_fd);

// One call as both tell it. Equal sleeps are held against each other by rank: the shortest against the
// shortest. ns.
struct CallPair {
  std::string call;
  std::uint64_t strace_ns = 0;
  double told_ns = 0;  // the middle of the way's bucket, the median of its runs
  double margin_ns = 0;
  bool agrees = false;
};

// One wake-up may be late on a busy host; that more than a tenth of them are, and more than one, is the
// tracer's doing.
struct CallComparison {
  std::string scenario, way;
  std::vector<CallPair> pairs;
  [[nodiscard]] std::size_t off() const;  // pairs that do not agree
  [[nodiscard]] double largest_difference_ns() const;
  [[nodiscard]] bool agrees() const { return off() <= 1 || off() * 10 <= pairs.size(); }
};

// Of one way: what it saw of runs, with their truths.
struct ComparedRun {
  const Truth* truth = nullptr;
  const Observation* seen = nullptr;
};

// `runs`: at least one. How late a host wakes sleepers differs from run to run: the margin is the wider for
// it, by what the clocks inside say.
[[nodiscard]] CallComparison compare_calls(const StraceRun& strace, const std::string& way,
                                           const std::vector<ComparedRun>& runs,
                                           const std::vector<OwnCost>& costs);

}  // namespace latimer::compare
