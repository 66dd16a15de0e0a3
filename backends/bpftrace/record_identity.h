// Which call a record is about.
#pragma once

#include "backends/bpftrace/line.h"
#include "core/model/abi.h"
#include "core/model/syscall_table.h"

namespace latimer::bpftrace {

inline Abi abi_of(bool compat) { return compat && kHostAbis.size() > 1 ? kHostAbis[1] : kNativeAbi; }

// sigreturn(2) takes its own number away.
inline std::int32_t number_of(const CallRecord& record) {
  if (record.number != -1) return record.number;
  return syscall_number(kNativeAbi, "rt_sigreturn").value_or(-1);
}

}  // namespace latimer::bpftrace
