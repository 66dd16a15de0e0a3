#include "backends/ebpf/kernel_version.h"

#include <charconv>

namespace latimer::ebpf {

KernelVersion kernel_version(std::string_view release) {
  KernelVersion version;
  const char* const end = release.data() + release.size();
  const auto [dot, error] = std::from_chars(release.data(), end, version.major);
  if (error == std::errc{} && dot != end && *dot == '.') std::from_chars(dot + 1, end, version.minor);
  return version;
}

}  // namespace latimer::ebpf
