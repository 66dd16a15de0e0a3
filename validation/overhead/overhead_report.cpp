#include "validation/overhead/overhead_report.h"

#include <algorithm>

namespace latimer::overhead {

unsigned OverheadReport::count(Judgment verdict) const {
  return static_cast<unsigned>(std::count_if(
      limits.begin(), limits.end(), [verdict](const Limit& limit) { return limit.verdict == verdict; }));
}

bool OverheadReport::failed() const {
  const auto required = [](const Absent& one) { return one.required; };
  return count(Judgment::missed) > 0 || !failures.empty() || !ended_early.empty() ||
         std::any_of(absent.begin(), absent.end(), required) ||
         std::any_of(absent_tasks.begin(), absent_tasks.end(), required);
}

}  // namespace latimer::overhead
