// ProcDescriptors: what a living process has open, from /proc.
#pragma once

#include "core/engine/descriptor_oracle.h"
#include "core/engine/proc_sockets.h"

namespace latimer {

// Not thread-safe.
class ProcDescriptors : public DescriptorOracle {
 public:
  std::optional<OpenDescriptor> descriptor(std::int32_t pid, std::int32_t fd) override;
  // The lowest ones when there are more.
  std::vector<OpenDescriptor> descriptors(std::int32_t pid, std::size_t most) override;
  std::optional<std::string> current_folder(std::int32_t pid) override;

 private:
  ProcSockets sockets_;
};

}  // namespace latimer
