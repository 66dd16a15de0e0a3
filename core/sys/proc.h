// What /proc tells about processes. Ids are those of Latimer's own pid namespace (the one /proc was mounted
// for).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace latimer {

// All functions answer nullopt, or an empty list, for a process that does not exist (any more) or may not be
// looked at.

[[nodiscard]] bool task_exists(std::int32_t tid);                      // process or thread, zombies included
[[nodiscard]] std::vector<std::int32_t> threads_of(std::int32_t pid);  // tids, the leader's first
[[nodiscard]] std::vector<std::int32_t> children_of(
    std::int32_t pid);  // pids, of all threads; those alive at some moment of the call
[[nodiscard]] std::vector<std::int32_t> all_processes();             // pids
[[nodiscard]] std::optional<std::string> comm_of(std::int32_t tid);  // raw bytes, at most 15

struct TaskCpu {
  std::uint64_t user_ns = 0;
  std::uint64_t system_ns = 0;
};

// From /proc/TID/stat. Times there are in clock ticks (10 ms).
struct TaskStat {
  char state = '?';            // R S D Z T t X
  std::int32_t parent = 0;     // pid
  std::uint64_t start_ns = 0;  // since boot
  TaskCpu own;                 // a process: all its threads, ended ones included; of a thread id: the same
  TaskCpu waited_for;          // ended children that were waited for
  std::uint64_t rss_bytes = 0;
};
[[nodiscard]] std::optional<TaskStat> stat_of(std::int32_t pid);

// From /proc/TID/status.
struct TaskStatus {
  std::int32_t tgid = 0;
  std::int32_t tracer = 0;           // pid of the ptracer; 0: none
  std::uint32_t uid = 0;             // effective
  std::uint64_t cap_effective = 0;   // bit N: capability number N
  std::uint64_t signals_caught = 0;  // bit N-1: the process has a handler for signal N
  std::uint64_t rss_bytes = 0;
  std::uint64_t peak_rss_bytes = 0;
};
[[nodiscard]] std::optional<TaskStatus> status_of(std::int32_t tid);

[[nodiscard]] std::optional<std::int32_t> tgid_of(std::int32_t tid);

// Number of the system call that the thread sleeps in, by its own ABI; nullopt: it runs, is in none, or may
// not be looked at.
[[nodiscard]] std::optional<std::int32_t> syscall_of(std::int32_t tid);

// What a symbolic link, or one of /proc's, points to: raw bytes, cut at PATH_MAX.
[[nodiscard]] std::optional<std::string> link_of(const std::string& path);

// Names the pid namespace that the task sees: "pid:[4026531836]".
[[nodiscard]] std::optional<std::string> pid_namespace_of(std::int32_t tid);

// Capability numbers of linux/capability.h.
inline constexpr int kCapIpcLock = 14;
inline constexpr int kCapSysPtrace = 19;
inline constexpr int kCapSysAdmin = 21;
inline constexpr int kCapPerfmon = 38;
inline constexpr int kCapBpf = 39;
[[nodiscard]] bool has_capability(int capability);  // Latimer's own, effective

// Why executing this file would give privileges that a tracer without CAP_SYS_PTRACE suppresses; empty: it
// would not. "is setuid root", "is setgid shadow", "has file capabilities".
[[nodiscard]] std::string privileges_of_file(const std::string& path);

// First line of a file like /proc/sys/..., without its newline.
[[nodiscard]] std::optional<std::string> read_setting(const std::string& path);

}  // namespace latimer
