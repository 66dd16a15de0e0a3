// LiveOracle: /proc as the TaskOracle of a live capture.
#pragma once

#include <optional>
#include <string>

#include "core/engine/task_oracle.h"

namespace latimer {

class LiveOracle : public TaskOracle {
 public:
  LiveOracle();
  std::optional<std::int32_t> tgid_of(std::int32_t tid) override;
  std::optional<std::uint64_t> start_of(std::int32_t tgid) override;
  std::optional<std::string> comm_of(std::int32_t tid) override;
  std::optional<bool> catches(std::int32_t tid, std::int32_t signal) override;
  std::optional<bool> shares_pids(std::int32_t tid) override;

 private:
  std::optional<std::string> own_namespace_;
};

}  // namespace latimer
