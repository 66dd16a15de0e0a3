// The running kernel's version, for what cannot be asked of it in another way.
#pragma once

#include <compare>
#include <string_view>

namespace latimer::ebpf {

struct KernelVersion {
  int major = 0, minor = 0;
  auto operator<=>(const KernelVersion&) const = default;
};

// Of a release as uname -r prints it: "6.18.44-amd64" is 6.18. What is no number counts as 0.
[[nodiscard]] KernelVersion kernel_version(std::string_view release);

}  // namespace latimer::ebpf
