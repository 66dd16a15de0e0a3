// The order of all runs: rounds, within each of which every task is run under every competitor that has its
// turn, so that whatever changes on the host in time changes for all of them.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "validation/overhead/competitor.h"
#include "validation/overhead/sample.h"
#include "validation/overhead/task.h"

namespace latimer::overhead {

struct PlanRequest {
  unsigned rounds = 1;
  std::uint64_t seed = 1;
  // Whether a limit is judged by this pair: then it runs in every round, else in some of them.
  std::function<bool(const Task&, const Competitor&)> judged;
  // How many beats of a task there are in each round, and who runs in all of them rather than in the first.
  std::function<unsigned(const Task&)> beats;
  std::function<bool(const Task&, const Competitor&)> in_all_beats;
};

// In how many rounds the pairs run that no limit is about: all of up to 5, else a third of them, at least 3.
[[nodiscard]] bool is_full_round(unsigned round, unsigned rounds);

// Tasks are shuffled in every round, and competitors within each beat of a task: what is compared runs close
// together. `nothing` (the first competitor) runs once in a beat for each size of the task that somebody else
// runs there; `nothing, again` (the second) at its largest. The same request gives the same plan, on every
// machine.
[[nodiscard]] std::vector<Step> make_plan(const std::vector<Task>& tasks,
                                          const std::vector<Competitor>& competitors,
                                          const PlanRequest& request);

}  // namespace latimer::overhead
