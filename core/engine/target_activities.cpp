#include "core/engine/target_activities.h"

#include <algorithm>
#include <utility>

namespace latimer {
namespace {

std::uint64_t working_ns(const Activity& activity) { return activity.total_ns - activity.waiting_ns; }

}  // namespace

TargetActivities::Entry& TargetActivities::of(std::string_view name) {
  name = name.substr(0, kLongestName);
  const auto known = entries_.find(name);
  if (known != entries_.end()) return known->second;
  if (entries_.size() >= most_) make_room();
  Entry& entry = entries_[std::string(name)];
  entry.kind = kind_of_target(name);
  return entry;
}

// Half of them go: those with the least time, so that what is hot stays whatever comes.
void TargetActivities::make_room() {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> weights;
  weights.reserve(entries_.size());
  for (const auto& [name, entry] : entries_)
    weights.emplace_back(entry.activity.sum().total_ns, entry.activity.sum().count);
  const auto middle = weights.begin() + static_cast<std::ptrdiff_t>(weights.size() / 2);
  std::nth_element(weights.begin(), middle, weights.end());
  const auto limit = *middle;
  for (auto at = entries_.begin(); at != entries_.end();) {
    const Activity& sum = at->second.activity.sum();
    if (std::pair(sum.total_ns, sum.count) > limit) {
      ++at;
      continue;
    }
    others_.merge(at->second.activity);
    ++other_count_;
    at = entries_.erase(at);
  }
}

TargetActivities::Result TargetActivities::finish() const {
  Result result;
  for (const auto& [name, entry] : entries_) {
    TargetRow row{name, entry.kind, entry.activity.finish(), entry.opens};
    (entry.kind == TargetKind::socket ? result.peers : result.files).push_back(std::move(row));
  }
  const auto more = [](const TargetRow& a, const TargetRow& b) {
    const auto key = [](const TargetRow& row) {
      return std::pair(working_ns(row.activity), row.activity.count);
    };
    return key(a) != key(b) ? key(a) > key(b) : a.name < b.name;
  };
  std::sort(result.files.begin(), result.files.end(), more);
  std::sort(result.peers.begin(), result.peers.end(), more);
  result.others = others_.finish();
  result.other_count = other_count_;
  return result;
}

}  // namespace latimer
