#include "backends/perftrace/buffer_size.h"

#include <unistd.h>

#include <algorithm>
#include <bit>

#include "core/sys/proc.h"

namespace latimer::perftrace {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kBufferOfAll = std::uint64_t{128} << 20;
constexpr std::uint64_t kMostOfOne = std::uint64_t{64} << 20;

}  // namespace

std::uint64_t buffer_per_cpu(std::uint64_t total, unsigned cpus) {
  return std::bit_floor(std::max(total / std::max(cpus, 1U), kPage));
}

std::uint64_t buffer_bytes(const CaptureRequest& request) {
  const auto cpus = static_cast<unsigned>(std::max(::sysconf(_SC_NPROCESSORS_CONF), 1L));
  if (request.ring_bytes > 0) return buffer_per_cpu(request.ring_bytes, cpus);
  if (!has_capability(kCapIpcLock)) return 0;
  return std::min(buffer_per_cpu(kBufferOfAll, cpus), kMostOfOne);
}

}  // namespace latimer::perftrace
