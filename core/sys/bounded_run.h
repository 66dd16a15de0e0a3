// A program run to its end, within a limit, and what it printed and cost. For Latimer's looks at whole runs
// (validate, overhead): of itself, of other tracers, of workloads.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/result.h"
#include "core/sys/child_process.h"
#include "core/sys/exit_status.h"

namespace latimer {

struct BoundedRun {
  std::string path;                                     // file to execute (see resolve_command)
  std::vector<std::string> argv;                        // with argv[0]
  std::optional<std::vector<std::string>> environment;  // "NAME=value"; nullopt: Latimer's own
  std::chrono::milliseconds limit{60'000};
  std::size_t most_output = 1U << 20;  // bytes kept of each output; what is beyond is read and thrown away
};

struct RunOutcome {
  ExitStatus status;
  bool timed_out = false;    // it was told to end (SIGTERM, then SIGKILL, to its process group)
  bool interrupted = false;  // the same, because somebody asked for it
  std::string out, err;
  std::uint64_t wall_ns = 0;
  ChildCpu cpu;                      // of it and of those descendants that were waited for
  std::uint64_t peak_rss_bytes = 0;  // of the largest of them
};

// Blocks. stdin is empty. The program is the leader of a process group of its own, which a terminal's Ctrl-C
// does not reach; it dies with the calling thread. interrupt_fd: readable when it is to end early; -1: never.
// An error: it could not be started, with resolve_command's codes.
[[nodiscard]] Result<RunOutcome> run_bounded(const BoundedRun& request, int interrupt_fd = -1);

}  // namespace latimer
