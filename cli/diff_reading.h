// What diff compares: recorded files, each read to the end.
#pragma once

#include <string>
#include <vector>

#include "core/engine/registry.h"
#include "core/engine/syscall_filter.h"
#include "core/model/result.h"
#include "core/stats/comparison.h"

namespace latimer {

struct DiffRun {
  std::string file;
  std::string backend;  // that saw it; raw bytes
  std::string costs;    // what that does to the target, in words; empty: unknown
  bool complete = true;
  bool durations = false;
  std::string recording;  // the same for parts and copies of one recording; empty: it does not say
  ComparedRun run;
};

// `interrupted`: becomes readable when reading is to end.
[[nodiscard]] Result<DiffRun> read_run(const Registry& registry, const std::string& file,
                                       const SyscallFilter& filter, int interrupted);

}  // namespace latimer
