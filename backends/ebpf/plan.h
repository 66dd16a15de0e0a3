// What a capture is to look like in the kernel: constants, the selection of calls, and how big each table may
// be.
#pragma once

#include <array>
#include <cstdint>

#include "backends/ebpf/bpf/shared.h"
#include "backends/ebpf/call_memory.h"
#include "core/engine/capture_request.h"
#include "core/model/result.h"

namespace latimer::ebpf {

struct PidNamespace {
  std::uint32_t level = 0;  // 0 is the initial one
  std::uint32_t inum = 0;   // its number, as in /proc/self/ns/pid
};

struct Plan {
  lat_config config{};
  std::array<lat_u8, LAT_ABIS * LAT_DIRECT_NUMBERS> call_flags{};
  CallMemory call_memory{};
  bool other_calls_selected = true;
  bool steady = false;          // classic tracepoint programs, which cannot be preempted (bpf/steady.h)
  bool plain = false;           // the programs without questions do (bpf/plain.h)
  std::uint32_t cpus = 1;       // possible CPUs
  std::uint32_t row_bytes = 0;  // of one row of `stats`
  std::uint32_t slots = 1;      // rows per stripe; slot 0 is never given out
  std::uint32_t entities = 1;   // entity 0 is never given out
  std::uint32_t error_keys = 1;
  std::uint32_t last_event_bytes = 4096;
};

// `own`: Latimer's pid namespace. Errc::usage when the memory that the request allows is too
// small for anything.
Result<Plan> make_plan(const CaptureRequest& request, std::uint32_t cpus, PidNamespace own);

}  // namespace latimer::ebpf
