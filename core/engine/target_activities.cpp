#include "core/engine/target_activities.h"

#include <algorithm>
#include <utility>

#include "core/engine/coldest.h"

namespace latimer {
TargetActivities::Entry& TargetActivities::of(std::string_view name) {
  name = name.substr(0, kLongestName);
  const auto known = entries_.find(name);
  if (known != entries_.end()) return known->second;
  if (entries_.size() >= most_) make_room();
  Entry& entry = entries_[std::string(name)];
  entry.kind = kind_of_target(name);
  entry.came_late = other_count_ > 0;
  return entry;
}

void TargetActivities::make_room() {
  drop_coldest_half(entries_, [this](const Entry& entry) {
    others_.merge(entry.activity);
    ++other_count_;
  });
}

TargetActivities::Result TargetActivities::finish() const {
  Result result;
  for (const auto& [name, entry] : entries_) {
    TargetRow row{name, entry.kind, entry.activity.finish(), entry.opens, entry.came_late};
    (entry.kind == TargetKind::socket ? result.peers : result.files).push_back(std::move(row));
  }
  const auto more = [](const TargetRow& a, const TargetRow& b) {
    const auto key = [](const TargetRow& row) {
      return std::pair(row.activity.working_ns(), row.activity.count);
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
