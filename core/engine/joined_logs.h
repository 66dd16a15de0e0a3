// JoinedLogs: logs that different tracers wrote, read one after the other as if they were one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/engine/backend.h"

namespace latimer {

// What one backend is to read.
struct LogShare {
  Backend* reader = nullptr;  // outlives the JoinedLogs
  std::vector<std::string> inputs;
};

class JoinedLogs : public Backend {
 public:
  // Two shares or more.
  explicit JoinedLogs(std::vector<LogShare> shares);

  [[nodiscard]] const BackendDescriptor& descriptor() const override { return descriptor_; }
  ProbeReport probe(bool) override { return {}; }
  // A LogTarget; its inputs are those of the shares.
  Result<std::unique_ptr<EventSource>> open(const CaptureRequest& request) override;

 private:
  std::vector<LogShare> shares_;
  BackendDescriptor descriptor_;
};

}  // namespace latimer
