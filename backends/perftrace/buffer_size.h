// The buffer between kernel and perf.
#pragma once

#include <cstdint>

#include "core/engine/capture_request.h"

namespace latimer::perftrace {

// A power of two of pages for each CPU, as perf wants it, of a buffer of `total` bytes for all of them.
[[nodiscard]] std::uint64_t buffer_per_cpu(std::uint64_t total, unsigned cpus);

// Bytes for each CPU: as was asked for, else 128 MiB in all. 0: perf's own default, because Latimer may not
// lock memory; perf is granted half a MiB then (kernel.perf_event_mlock_kb), and takes that by itself.
[[nodiscard]] std::uint64_t buffer_bytes(const CaptureRequest& request);

}  // namespace latimer::perftrace
