#include "core/sys/host_info.h"

#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>

namespace latimer {
namespace {

std::uint64_t in_ns(const timeval& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_usec) * 1'000;
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
  return {in_ns(usage.ru_utime) + in_ns(usage.ru_stime), static_cast<std::uint64_t>(usage.ru_maxrss) * 1024};
}

}  // namespace latimer
