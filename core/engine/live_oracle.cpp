#include "core/engine/live_oracle.h"

#include <unistd.h>

#include "core/sys/proc.h"

namespace latimer {

LiveOracle::LiveOracle() : own_namespace_(pid_namespace_of(static_cast<std::int32_t>(::getpid()))) {}

std::optional<std::int32_t> LiveOracle::tgid_of(std::int32_t tid) { return latimer::tgid_of(tid); }

std::optional<std::uint64_t> LiveOracle::start_of(std::int32_t tgid) {
  const std::optional<TaskStat> stat = stat_of(tgid);
  if (!stat) return std::nullopt;
  return stat->start_ns;
}

std::optional<std::string> LiveOracle::comm_of(std::int32_t tid) { return latimer::comm_of(tid); }

std::optional<bool> LiveOracle::catches(std::int32_t tid, std::int32_t signal) {
  if (signal < 1 || signal > 64) return std::nullopt;
  const std::optional<TaskStatus> status = status_of(tid);
  if (!status) return std::nullopt;
  return (status->signals_caught >> (signal - 1) & 1U) != 0;
}

std::optional<bool> LiveOracle::shares_pids(std::int32_t tid) {
  const std::optional<std::string> theirs = pid_namespace_of(tid);
  if (!theirs || !own_namespace_) return std::nullopt;
  return *theirs == *own_namespace_;
}

}  // namespace latimer
