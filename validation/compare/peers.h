// The same program watched in several ways, without a truth: the ways against each other. A program need not
// make the same calls twice: what varies from run to run under one tracer is not held against another.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "validation/compare/observation.h"

namespace latimer::compare {

// Fewer runs than this cannot show that a program always makes the same calls.
inline constexpr std::size_t kFewRuns = 3;

enum class PeerVerdict : std::uint8_t {
  equal,    // the same number in every run, in every way
  varies,   // the number varies from run to run under one tracer, and no way stands out
  timing,   // it varies, and some way stands out: the number depends on how fast the program runs
  unclear,  // it differs between ways; more runs are needed to tell whether the program varies by itself
  differs,  // each way always sees the same number, and not all see the same one: somebody is wrong
};
[[nodiscard]] std::string_view to_string(PeerVerdict verdict);

// Of one way: the least, the greatest and the median number.
struct PeerCounts {
  std::string way;
  std::uint64_t least = 0, most = 0;
  double middle = 0;
};

struct PeerRow {
  std::string what;  // "x86_64:read", or "x86_64:read ENOENT"
  PeerVerdict verdict = PeerVerdict::equal;
  std::vector<PeerCounts> ways;
};

struct PeerRun {
  std::string way;
  const Observation* seen = nullptr;
};

// Completions and errors of every call that `judged` is true of; of kill and its like, completions include
// those that killed their caller. The same runs give the same rows.
[[nodiscard]] std::vector<PeerRow> compare_peers(const std::vector<PeerRun>& runs,
                                                 const std::function<bool(std::string_view call)>& judged);

// What stands out: the share of random regroupings of all runs whose difference between `mine` and `others`,
// in means, is as great as the real one (a permutation test; Good, Permutation Tests, 2000). 0 to 1.
[[nodiscard]] double chance_of_difference(const std::vector<double>& mine, const std::vector<double>& others);

}  // namespace latimer::compare
