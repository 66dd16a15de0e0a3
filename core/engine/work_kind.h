// Which kind of work a call does (Work), and which way it moves data.
#pragma once

#include <cstdint>

#include "core/model/abi.h"
#include "core/model/analysis.h"
#include "core/model/syscall_event.h"

namespace latimer {

enum class DataWay : std::uint8_t { none, in, out };

// O(1). read, recv ... are in; write, send ... are out.
[[nodiscard]] DataWay data_way(Abi abi, int number);

[[nodiscard]] Work work_of(Abi abi, int number, TargetKind target);

// Bytes that the call moved; 0: none, or it failed.
[[nodiscard]] std::uint64_t bytes_moved(const SyscallEvent& event);

}  // namespace latimer
