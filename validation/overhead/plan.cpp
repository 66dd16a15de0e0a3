#include "validation/overhead/plan.h"

#include <algorithm>
#include <random>
#include <set>

namespace latimer::overhead {
namespace {

// Fisher-Yates; std::shuffle's order is not the same everywhere.
template <typename T>
void shuffle(std::vector<T>& items, std::mt19937_64& random) {
  for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random() % i]);
}

std::vector<Step> steps_of(const Task& task, const std::vector<Competitor>& competitors,
                           const PlanRequest& request, Step step) {
  std::vector<Step> steps;
  std::set<Size> sizes{task.effective(Size::full)};
  const auto has_turn = [&](const Competitor& competitor) {
    if (competitor.kind == Kind::nothing) return true;
    if (step.beat > 0) return request.in_all_beats(task, competitor);
    return request.judged(task, competitor) || is_full_round(step.round, request.rounds);
  };
  for (std::size_t i = 1; i < competitors.size(); ++i) {
    const Competitor& competitor = competitors[i];
    if (!has_turn(competitor)) continue;
    step.competitor = i;
    step.size = task.effective(competitor.largest);
    sizes.insert(step.size);
    steps.push_back(step);
  }
  step.competitor = 0;
  for (const Size size : sizes) {
    step.size = size;
    steps.push_back(step);
  }
  return steps;
}

}  // namespace

bool is_full_round(unsigned round, unsigned rounds) {
  const unsigned every = std::clamp(rounds / 3, 1U, 3U);
  return round % (rounds <= 5 ? 1 : every) == 0;
}

std::vector<Step> make_plan(const std::vector<Task>& tasks, const std::vector<Competitor>& competitors,
                            const PlanRequest& request) {
  std::mt19937_64 random(request.seed);
  std::vector<Step> plan;
  for (unsigned round = 0; round < request.rounds; ++round) {
    std::vector<std::size_t> order(tasks.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    shuffle(order, random);
    for (const std::size_t task : order) {
      for (unsigned beat = 0; beat < std::max(1U, request.beats(tasks[task])); ++beat) {
        auto steps = steps_of(tasks[task], competitors, request, {round, beat, task, 0, Size::full});
        shuffle(steps, random);
        plan.insert(plan.end(), steps.begin(), steps.end());
      }
    }
  }
  return plan;
}

}  // namespace latimer::overhead
