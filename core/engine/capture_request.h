// What a user asks a backend to observe.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/engine/name_pattern.h"
#include "core/engine/syscall_filter.h"
#include "core/model/subject.h"

namespace latimer {

// A command that Latimer starts itself: the source launches it and holds it until observing has begun.
struct CommandTarget {
  std::vector<std::string> argv;    // at least one; argv[0] as typed (PATH is searched by the source)
  std::optional<std::string> user;  // run it as this user (name or number)
  bool follow = true;               // also its children
  bool until_exit = false;          // end with the main process instead of with the last followed task
};

// Running processes, all threads of each. Process ids of Latimer's own pid namespace.
struct PidTarget {
  std::vector<std::int32_t> pids;
  bool follow = false;  // also children forked later
};

struct CommTarget {
  NamePattern pattern;
};  // tasks whose comm matches, judged at fork, exec and rename
struct CgroupTarget {
  std::string path;
};                     // absolute path of a cgroup v2 folder; its whole subtree
struct HostTarget {};  // every task but Latimer's own

// What a tracer wrote earlier.
struct LogTarget {
  std::vector<std::string> inputs;  // files, folders of them, "-" for standard input; at least one
  std::string flags;                // that the tracer was called with; empty: the log must tell
  unsigned jobs = 1;                // threads that read lines, at least 1
};

using Target = std::variant<CommandTarget, PidTarget, CommTarget, CgroupTarget, HostTarget, LogTarget>;

enum class CaptureMode : std::uint8_t {
  aggregate,  // the backend adds up; Snapshots come out
  stream,     // one SyscallEvent per call
};

// How perf is used.
enum class PerfMode : std::uint8_t {
  record,  // perf record; what it wrote is read afterwards
  live,    // perf trace, which prints each call when it has ended
};

struct CaptureRequest {
  Target target = HostTarget{};
  SyscallFilter filter;  // which calls; default: all
  GroupBy by = GroupBy::none;
  CaptureMode mode = CaptureMode::aggregate;  // text backends stream whatever this says
  bool timing = true;                         // false: counts are enough, durations are not needed
  // Events carry what calls were given (arguments, paths, addresses of sockets), and births, deaths and
  // executed programs are told, too, in the order in which things happened: for FdTracker. Of streams.
  bool details = false;
  bool as_it_happens = false;             // somebody looks while it runs
  PerfMode perf_mode = PerfMode::record;  // of the perftrace backend
  std::uint64_t ring_bytes = 0;           // stream mode buffer in all; 0: the backend's default
  std::uint64_t map_bytes = 64ULL << 20;  // upper limit for in-kernel tables
};

}  // namespace latimer
