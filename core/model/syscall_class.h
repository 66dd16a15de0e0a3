// What kind of call a system call is: strace's trace classes, the categories of the report, and which calls
// wait.
//
// Everything here goes by name and is the same for all ABIs.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/model/abi.h"
#include "core/model/syscall_table.h"

namespace latimer {

// strace's classes.
//
// The members are what strace 6.1 traces for `-e trace=%CLASS`, found by letting it trace a program that
// makes every call of x86_64 and i386 under a seccomp filter that refuses them all. Calls newer than
// strace 6.1 are where strace 7.2 has them; those newer still follow the rule of the class (takes a path:
// file; takes a descriptor: desc). One difference: socketcall (i386) is in network, too. strace looks into
// its arguments and shows the socket call inside; by number it can only be taken whole.
enum class SyscallClass : std::uint8_t {
  file,
  desc,
  network,
  process,
  memory,
  signal,
  ipc,
  creds,
  clock,
  pure,
  stat,
  lstat,
  fstat,
  stat_like,
  statfs,
  fstatfs,
  statfs_like,
};
inline constexpr std::size_t kSyscallClassCount = 17;

struct SyscallClassName {
  std::string_view name;  // as in -e trace=
  SyscallClass id;
};

// "%file" ..., then the spellings that are read but never printed: %net, and those without % that strace
// still takes.
inline constexpr std::array<SyscallClassName, 25> kSyscallClassNames = {{
    {"%file", SyscallClass::file},
    {"%desc", SyscallClass::desc},
    {"%network", SyscallClass::network},
    {"%process", SyscallClass::process},
    {"%memory", SyscallClass::memory},
    {"%signal", SyscallClass::signal},
    {"%ipc", SyscallClass::ipc},
    {"%creds", SyscallClass::creds},
    {"%clock", SyscallClass::clock},
    {"%pure", SyscallClass::pure},
    {"%stat", SyscallClass::stat},
    {"%lstat", SyscallClass::lstat},
    {"%fstat", SyscallClass::fstat},
    {"%%stat", SyscallClass::stat_like},
    {"%statfs", SyscallClass::statfs},
    {"%fstatfs", SyscallClass::fstatfs},
    {"%%statfs", SyscallClass::statfs_like},
    {"%net", SyscallClass::network},
    {"file", SyscallClass::file},
    {"desc", SyscallClass::desc},
    {"network", SyscallClass::network},
    {"process", SyscallClass::process},
    {"memory", SyscallClass::memory},
    {"signal", SyscallClass::signal},
    {"ipc", SyscallClass::ipc},
}};

[[nodiscard]] std::optional<SyscallClass> syscall_class_from_name(std::string_view name);
[[nodiscard]] std::string_view to_string(SyscallClass id);  // with its %

// The class's members among the numbers of `abi`. Static data.
[[nodiscard]] const std::bitset<kSyscallNumbers>& syscall_class_mask(Abi abi, SyscallClass id);

// Categories: each call is in exactly one; the report adds time up by them.
enum class SyscallCategory : std::uint8_t {
  io,        // moves data through a descriptor: read, write, splice, sendfile, io_submit ...
  metadata,  // opens, closes, names, describes, sizes or mounts files; no data
  network,   // sockets: connect, send, receive, options; accept is in wait
  sync,      // waits for storage to hold the data: fsync, fdatasync, sync, msync ...
  process,   // creates, ends, schedules or identifies tasks, their limits and credentials
  memory,    // maps, protects, locks or places memory, or reads another process's
  wait,      // see is_waiting_call
  other,     // signals, timers, clocks, System V and POSIX messages, keys, modules, ioctl ...
};
inline constexpr std::size_t kSyscallCategoryCount = 8;

[[nodiscard]] std::string_view to_string(SyscallCategory category);
[[nodiscard]] SyscallCategory syscall_category(Abi abi, int number);  // O(1); unknown numbers are other

// Waiting: whether a long duration of the call says "nothing to do yet" instead of "slow". Its purpose is to
// sleep until time passes or somebody else acts. Judged by the number alone, all that an aggregate has; so
//
//   yes  poll, select, epoll_wait, io_getevents, io_uring_enter: for readiness or completions
//   yes  nanosleep, clock_nanosleep: for time
//   yes  pause, sigsuspend, rt_sigsuspend, rt_sigtimedwait: for a signal
//   yes  wait4, waitid, waitpid: for a child
//   yes  futex, futex_wait, futex_waitv: for another thread. futex wakes as well, but its wakes take
//        microseconds and cannot be mistaken for slow ones
//   yes  semop, semtimedop, flock: for another's release; short where nobody holds it
//   yes  accept, accept4, msgrcv, mq_timedreceive: for a client or a message
//   yes  restart_syscall: goes on with one of the above after a stop
//   no   read, readv, recvfrom, recvmsg: they wait on pipes, sockets and terminals but work on files. The
//        number does not tell, and calling file reads idle would hide the very thing looked for
//   no   fcntl (F_SETLKW), ioctl, ipc, socketcall: multiplexers, only their arguments tell
//   no   connect, send*, msgsnd, mq_timedsend, write: a wait there is back-pressure, a cost to be seen
//   no   vfork, fsync, ptrace, membarrier, futex_wake, sched_yield: the time is spent for the caller
[[nodiscard]] bool is_waiting_call(Abi abi, int number);  // O(1); false for unknown numbers

// Whether the call's time is input/output for the verdict: io, metadata, network and sync.
[[nodiscard]] bool is_io_call(Abi abi, int number);

}  // namespace latimer
