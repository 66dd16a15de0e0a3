#include "core/sys/host_info.h"

#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "core/sys/fd_util.h"

namespace latimer {
namespace {

std::uint64_t in_ns(const timeval& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_usec) * 1'000;
}

// ru_maxrss is kept over execve: it may be the peak of whoever started us.
std::uint64_t peak_rss_bytes(const rusage& usage) {
  constexpr std::string_view kPeak = "VmHWM:";
  if (const auto status = read_file("/proc/self/status")) {
    if (const std::size_t at = status->find(kPeak); at != std::string::npos)
      return std::strtoull(status->c_str() + at + kPeak.size(), nullptr, 10) * 1024;
  }
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace

HostInfo read_host_info() {
  utsname system{};
  uname(&system);
  return {system.release, system.machine, system.nodename,
          static_cast<unsigned>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)))};
}

OwnUsage read_own_usage() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return {in_ns(usage.ru_utime) + in_ns(usage.ru_stime), peak_rss_bytes(usage)};
}

}  // namespace latimer
