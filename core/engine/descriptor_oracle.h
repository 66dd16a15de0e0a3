// DescriptorOracle: what is open in a living process, from somebody who can look.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace latimer {

struct OpenDescriptor {
  std::int32_t fd = 0;
  std::string name;  // core/model/target_kind.h
  bool close_on_exec = false;
};

class DescriptorOracle {
 public:
  virtual ~DescriptorOracle() = default;
  // nullopt: it is not open (any more), or may not be looked at.
  virtual std::optional<OpenDescriptor> descriptor(std::int32_t pid, std::int32_t fd) = 0;
  virtual std::vector<OpenDescriptor> descriptors(std::int32_t pid, std::size_t most) = 0;
  virtual std::optional<std::string> current_folder(std::int32_t pid) = 0;
};

}  // namespace latimer
