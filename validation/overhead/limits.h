// What Latimer promises about its cost, and whether a measurement bears it out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/stats/bootstrap.h"
#include "validation/overhead/figures.h"

namespace latimer::overhead {

enum class Judgment {
  met,         // the whole interval lies within the limit
  missed,      // the whole interval lies beyond it
  open,        // the limit lies in the interval: more runs would tell
  not_judged,  // something that it needs was not measured
};

struct Limit {
  std::string about;             // "ebpf-aggregate on compile: slowdown"
  std::string bound_text;        // "< 1 %"
  double bound = 0;              // as a ratio: 1.01, 0.7
  bool at_most = true;           // false: at least
  bool as_percent = false;       // of slowdowns: how to print `seen`: (ratio - 1) x 100
  std::optional<Interval> seen;  // nullopt: not judged
  std::string quoted;            // the figures that it rests on
  Judgment verdict = Judgment::not_judged;
  std::string why_not;  // of not_judged
};

// By the whole interval.
[[nodiscard]] Judgment judge(const Interval& seen, double bound, bool at_most);

// Whether some limit rests on this pair.
[[nodiscard]] bool is_judged(const Task& task, const Competitor& competitor);

// How many beats of a task there are in a round, and who runs in all of them rather than in the first: a
// limit of 1 % is told from 2 % by hundreds of runs only, because the speed of the machine changes by more.
// With fewer than kLeastRounds there is nothing to tell: 1.
[[nodiscard]] bool in_all_beats(const Task& task, const Competitor& competitor);
[[nodiscard]] unsigned beats_of(const Task& task, unsigned rounds);

// With fewer, the interval says nothing: the range of two values holds their median half of the time.
inline constexpr unsigned kLeastRounds = 5;

// All limits about the tasks that were run, those that could not be judged included. A side with fewer than
// kLeastRounds runs is not judged.
[[nodiscard]] std::vector<Limit> judge_all(const std::vector<Task>& tasks,
                                           const std::vector<Competitor>& competitors,
                                           const std::vector<Row>& rows);

}  // namespace latimer::overhead
