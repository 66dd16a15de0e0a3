// What a scenario is, and what all of them share.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string_view>

#include "validation/workloads/truth.h"

namespace latimer::workload {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;
/// A feature of this host is missing; the usual "skipped" status of test harnesses.
inline constexpr int kExitSkip = 77;

struct Options {
  std::uint64_t n = 0;     ///< How often; each scenario says what of.
  unsigned threads = 0;    ///< 0: the scenario's own number.
  unsigned seconds = 0;    ///< Run for this long rather than n times; 0: n decides.
  int cpu = -1;            ///< Pin the first thread to this CPU, the next to the following; -1: do not.
  bool time = false;       ///< Measure nanoseconds per call from inside.
  char** extra = nullptr;  ///< Null-terminated: what followed `--`.
};

struct Scenario {
  const char* name;
  std::uint64_t default_n;
  const char* summary;
  /// Makes the calls and records the truth. The caller prints it, unless the scenario must do so itself.
  void (*run)(const Options& options, Truth& truth);
  bool prints_itself = false;
};

std::span<const Scenario> spin_scenarios();
std::span<const Scenario> error_scenarios();
std::span<const Scenario> children_scenarios();
std::span<const Scenario> exec_scenarios();
std::span<const Scenario> signal_scenarios();
std::span<const Scenario> waiting_scenarios();
std::span<const Scenario> sleeping_scenarios();
std::span<const Scenario> refused_scenarios();
std::span<const Scenario> file_scenarios();
std::span<const Scenario> network_scenarios();
std::span<const Scenario> message_scenarios();
std::span<const Scenario> memory_scenarios();
std::span<const Scenario> brk_scenarios();
std::span<const Scenario> async_scenarios();
std::span<const Scenario> futex_scenarios();
std::span<const Scenario> clock_scenarios();

/// Ends the program with `status` after saying why on standard error.
[[noreturn]] void quit(int status, const char* reason, const char* detail = "");

/// Ends the program when `condition` does not hold: the truth would otherwise be wrong.
inline void require(bool condition, const char* what) {
  if (!condition) quit(kExitFailure, what);
}

/// Writes to standard output by one call, which no scenario makes. False when not all of it was written.
[[nodiscard]] bool say(std::string_view text);

/// fork by its own number (57), which the C library no longer uses. The child must leave by `leave`.
pid_t raw_fork();
[[noreturn]] void leave(int status);
/// Blocks SIGCHLD: a tracer makes it interrupt wait4 although it is ignored, and then wait4 counts would
/// differ.
void block_child_signal();
/// wait4 of one child by its raw number; returns the wait status.
int raw_wait(pid_t child);
/// The same; the child must have left with kExitOk.
void raw_wait_for_success(pid_t child);
void raw_getppid(std::uint64_t times);

}  // namespace latimer::workload
