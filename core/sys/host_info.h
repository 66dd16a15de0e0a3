// What this machine is, and what this process has used of it.
#pragma once

#include <cstdint>
#include <string>

namespace latimer {

struct HostInfo {
  std::string kernel;   // uname -r
  std::string machine;  // uname -m
  std::string hostname;
  unsigned cpus = 1;  // online
};
[[nodiscard]] HostInfo read_host_info();

struct OwnUsage {
  std::uint64_t cpu_ns = 0;  // user and system, since the process began; children not included
  std::uint64_t peak_rss_bytes = 0;
};
[[nodiscard]] OwnUsage read_own_usage();

}  // namespace latimer
