#include "backends/bpftrace/settler.h"

#include <algorithm>
#include <utility>

namespace latimer::bpftrace {
namespace {

// bpftrace goes round all CPUs at least ten times a second.
constexpr std::int64_t kSettled = 200'000'000;

}  // namespace

void Settler::add(std::span<const SyscallEvent> events) {
  for (const SyscallEvent& event : events) {
    // What has no time happened about now.
    const std::int64_t end_ns = event.start_ns ? *event.start_ns + event.duration_ns.value_or(0) : latest_ns_;
    latest_ns_ = std::max(latest_ns_, end_ns);
    Held held;
    held.event = event;
    if (!event.memory.empty()) {
      held.piece[0] = event.memory.front();
      held.bytes = event.memory.front().bytes;
    }
    held_.emplace(end_ns, std::move(held));
  }
}

std::span<SyscallEvent> Settler::take(bool all) {
  taken_.clear();
  events_.clear();
  const auto last = all ? held_.end() : held_.lower_bound(latest_ns_ - kSettled);
  for (auto its = held_.begin(); its != last; ++its) taken_.push_back(std::move(its->second));
  held_.erase(held_.begin(), last);
  events_.reserve(taken_.size());
  for (Held& held : taken_) {
    if (!held.event.memory.empty()) {
      held.piece[0].bytes = held.bytes;
      held.event.memory = held.piece;
    }
    events_.push_back(held.event);
  }
  return events_;
}

}  // namespace latimer::bpftrace
