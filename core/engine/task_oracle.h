// TaskOracle: what a live system can tell about tasks that a tracer's text does not. Files have none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace latimer {

// Every answer may be nullopt: the task may be gone by the time its text is read.
class TaskOracle {
 public:
  virtual ~TaskOracle() = default;
  [[nodiscard]] virtual std::optional<std::int32_t> tgid_of(std::int32_t tid) = 0;
  [[nodiscard]] virtual std::optional<std::uint64_t> start_of(std::int32_t tgid) = 0;  // ns since boot
  [[nodiscard]] virtual std::optional<std::string> comm_of(std::int32_t tid) = 0;
  // Whether the process has a handler for that signal.
  [[nodiscard]] virtual std::optional<bool> catches(std::int32_t tid, std::int32_t signal) = 0;
  // Whether the pids that this task sees are the ones that Latimer sees.
  [[nodiscard]] virtual std::optional<bool> shares_pids(std::int32_t tid) = 0;
};

}  // namespace latimer
