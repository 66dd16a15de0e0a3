// The program that bpftrace runs: it joins entries and exits in the kernel and prints a record of each call
// when that has ended (line.h). Pure.
//
// Nothing depends on the order in which records are read, which is only that of their CPU: whatever a record
// says was settled in the kernel, where a thread's events are in order. For each thread it keeps
//
//   @s[tid] = (start, number, flags, pid)   start below 10 is a state: 1 born, its clone not yet come back;
//                                           2 outside; 3 held before its first execve. flags: 1 a 32-bit
//                                           call, 2 cut short by a signal
//   @cut[tid] = (duration, value)           how that came back; it counts once the thread goes on
//
// with details @g[tid]: the arguments; and, where children of the targets are targets, @w[pid]: who is
// watched. At its end bpftrace prints the maps: @s has what is still under way, @enters and @exits are the
// kernel's own counts.
#pragma once

#include <csignal>
#include <cstdint>
#include <string>
#include <vector>

#include "core/engine/syscall_filter.h"

namespace latimer::bpftrace {

inline constexpr int kBeginSignal = SIGCONT;
inline constexpr int kEndSignal = SIGURG;

enum class Watch : std::uint8_t {
  processes,    // `pids`
  descendants,  // `pids` and the children that they make
  host,         // every process but `pids`
  child,        // the command that bpftrace launches (-c), and the children that it makes
};

struct ProgramOptions {
  Watch watch = Watch::host;
  std::vector<std::int32_t> pids;
  bool held = false;  // the first of them is a launcher, whose calls count from its first execve on
  SyscallFilter filter;
  bool names = false;  // records have the command's name
  // Records have the arguments of the call, too, and the string at its path, and births of tasks are told.
  // What is printed has to be JSON then (-f json): a path may hold anything.
  bool details = false;
  // bpftrace's own: kBeginSignal to it begins the watching and kEndSignal ends it, each at one instant for
  // all threads and probes; the signals do nothing else. 0: watching begins and ends with each probe.
  std::int32_t own_pid = 0;
};

[[nodiscard]] std::string make_program(const ProgramOptions& options);

// What tells whether a call is among those asked for, given its number and whether it is a 32-bit one, both
// as bpftrace expressions. Empty: all are.
[[nodiscard]] std::string selection(const SyscallFilter& filter, const std::string& number,
                                    const std::string& compat);

}  // namespace latimer::bpftrace
