#include "core/engine/target_cpu.h"

#include "core/sys/proc.h"

namespace latimer {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{100};

std::optional<TargetCpu> read(std::int32_t pid) {
  const std::optional<TaskStat> stat = stat_of(pid);
  if (!stat) return std::nullopt;
  return TargetCpu{stat->own.user_ns + stat->waited_for.user_ns,
                   stat->own.system_ns + stat->waited_for.system_ns};
}

}  // namespace

void TargetCpuMeter::start(const std::vector<std::int32_t>& processes) {
  for (const std::int32_t pid : processes) {
    if (const auto used = read(pid)) first_[pid] = {*used, *used};
  }
}

void TargetCpuMeter::sample(const std::vector<std::int32_t>& processes, bool force) {
  const auto now = std::chrono::steady_clock::now();
  if (!force && now - last_ < kBetweenLooks) return;
  last_ = now;
  for (auto& [pid, first] : first_) {
    if (const auto used = read(pid)) first.latest = *used;
  }
  others_ = {};
  for (const std::int32_t pid : processes) {
    if (first_.contains(pid)) continue;
    const auto used = read(pid);
    if (!used) continue;
    others_.user_ns += used->user_ns;
    others_.system_ns += used->system_ns;
  }
}

std::optional<TargetCpu> TargetCpuMeter::total() const {
  if (first_.empty()) return std::nullopt;
  TargetCpu total = others_;
  for (const auto& [pid, first] : first_) {
    total.user_ns += first.latest.user_ns - first.base.user_ns;
    total.system_ns += first.latest.system_ns - first.base.system_ns;
  }
  return total;
}

}  // namespace latimer
