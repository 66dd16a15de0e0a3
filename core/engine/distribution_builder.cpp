#include "core/engine/distribution_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/stats/modes.h"

namespace latimer {
namespace {

constexpr std::size_t kLinearBars = 20;
constexpr const char* kOthers = "(others)";

// 1, 2 or 5 times a power of ten, not below `least`.
std::uint64_t round_width(std::uint64_t least) {
  for (std::uint64_t power = 1;; power *= 10) {
    for (const std::uint64_t factor : {1, 2, 5}) {
      if (factor * power >= least) return factor * power;
    }
  }
}

}  // namespace

std::vector<DistributionBar> linear_bars(const Histogram& histogram) {
  std::vector<DistributionBar> bars;
  const std::uint64_t longest = histogram.max().value_or(0);
  const std::uint64_t width = round_width(std::max<std::uint64_t>(1, longest / kLinearBars));
  for (const Bar& bucket : bucket_view(histogram)) {
    const std::uint64_t middle =
        std::min(longest, bucket.lo_ns + (bucket.hi_ns.value_or(bucket.lo_ns) - bucket.lo_ns) / 2);
    const std::size_t index = middle / width;
    while (bars.size() <= index) bars.push_back({bars.size() * width, (bars.size() + 1) * width, 0});
    bars[index].count += bucket.count;
  }
  return bars;
}

std::string DistributionBuilder::group_of(const SyscallEvent& event) const {
  switch (options_.by) {
    case DistributionBy::all:
      return "";
    case DistributionBy::thread:
      return fmt::format("thread {} {}", event.tid, event.comm_view());
    case DistributionBy::fd:
      return event.fd ? fmt::format("process {} fd {}", event.tgid.value_or(event.tid), *event.fd)
                      : "no descriptor";
    case DistributionBy::path:
      return event.path.empty() ? "(unknown)" : std::string(event.path);
  }
  return "";
}

std::vector<std::string> DistributionBuilder::limits() const {
  std::vector<std::string> limits;
  if (unreturned_ > 0)
    limits.push_back(
        fmt::format("{} call{} of {} never returned (an exit, or the caller died in it): without a duration, "
                    "not in the bars",
                    unreturned_, unreturned_ == 1 ? "" : "s", options_.call));
  if (others_.calls() > 0)
    limits.push_back(
        fmt::format("more than {} groups: those with the fewest calls were put together as {} to make "
                    "room ({} calls), and may have come again after that",
                    kMostGroups, kOthers, others_.calls()));
  return limits;
}

DistributionBuilder::Group& DistributionBuilder::group_for(std::string name) {
  if (groups_.size() >= kMostGroups && !groups_.contains(name)) make_room();
  return groups_[std::move(name)];
}

// Half of them go: those with the fewest calls, so that what is asked for most often stays.
void DistributionBuilder::make_room() {
  std::vector<std::uint64_t> sizes;
  sizes.reserve(groups_.size());
  for (const auto& [name, group] : groups_) sizes.push_back(group.calls());
  const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
  std::nth_element(sizes.begin(), middle, sizes.end());
  const std::uint64_t limit = *middle;
  std::erase_if(groups_, [this, limit](const auto& entry) {
    const Group& group = entry.second;
    if (group.calls() > limit) return false;
    others_.latency.merge(group.latency);
    others_.untimed += group.untimed;
    others_.counts.resize(std::max(others_.counts.size(), group.counts.size()));
    for (std::size_t i = 0; i < group.counts.size(); ++i) others_.counts[i] += group.counts[i];
    return true;
  });
}

void DistributionBuilder::event(const SyscallEvent& event) {
  const bool never_returned = event.kind == EventKind::no_return || event.kind == EventKind::killed_inside;
  if (never_returned && options_.filter.selects(event.abi, event.number)) ++unreturned_;
  if (event.kind != EventKind::completed && event.kind != EventKind::refused &&
      (event.flags & kHalfSeen) == 0)
    return;
  if (!options_.filter.selects(event.abi, event.number)) return;
  Group& group = group_for(group_of(event));
  if (!event.duration_ns) {
    ++group.untimed;
    return;
  }
  const auto ns = static_cast<std::uint64_t>(*event.duration_ns);
  group.latency.record(ns);
  if (options_.scale != DistributionScale::custom) return;
  group.counts.resize(options_.edges_ns.size() + 1);
  const auto above = std::upper_bound(options_.edges_ns.begin(), options_.edges_ns.end(), ns);
  ++group.counts[static_cast<std::size_t>(above - options_.edges_ns.begin())];
}

std::vector<DistributionBar> DistributionBuilder::bars_of(const Group& group) const {
  if (options_.scale == DistributionScale::linear) return linear_bars(group.latency);
  std::vector<DistributionBar> bars;
  if (options_.scale == DistributionScale::custom) {
    for (std::size_t i = 0; i < group.counts.size(); ++i) {
      DistributionBar bar{i == 0 ? 0 : options_.edges_ns[i - 1], std::nullopt, group.counts[i]};
      if (i < options_.edges_ns.size()) bar.hi_ns = options_.edges_ns[i];
      bars.push_back(bar);
    }
    return bars;
  }
  for (const Bar& bar : log2_view(group.latency)) bars.push_back({bar.lo_ns, bar.hi_ns, bar.count});
  return bars;
}

Distribution DistributionBuilder::describe(const std::string& name, const Group& group,
                                           std::uint64_t step_ns) const {
  const Histogram& latency = group.latency;
  Distribution result;
  result.call = options_.call;
  result.group = name;
  result.count = latency.count() + group.untimed;
  result.untimed = group.untimed;
  result.total_ns = latency.sum();
  result.min_ns = latency.min();
  result.p50_ns = latency.quantile(0.5);
  result.p90_ns = latency.quantile(0.9);
  result.p95_ns = latency.quantile(0.95);
  result.p99_ns = latency.quantile(0.99);
  result.p999_ns = latency.quantile(0.999);
  result.max_ns = latency.max();
  result.bars_exact = options_.scale != DistributionScale::linear;
  if (latency.count() > 0) result.bars = bars_of(group);
  for (const Mode& mode : find_modes(latency, step_ns)) result.modes.push_back({mode.share, mode.p50_ns});
  return result;
}

std::vector<Distribution> DistributionBuilder::finish(std::size_t most, std::uint64_t step_ns) const {
  std::vector<Distribution> all;
  for (const auto& [name, group] : groups_) all.push_back(describe(name, group, step_ns));
  std::stable_sort(all.begin(), all.end(),
                   [](const Distribution& a, const Distribution& b) { return a.count > b.count; });
  if (all.size() > most) all.resize(most);
  if (others_.calls() > 0) all.push_back(describe(kOthers, others_, step_ns));
  return all;
}

}  // namespace latimer
