// One system call, as any backend saw it. Plain data; what a backend cannot know is nullopt, never 0.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/model/abi.h"
#include "core/model/clock.h"

namespace latimer {

enum class DurationSource : std::uint8_t {
  kernel_delta,  // two reads of the same clock in the kernel
  tool_printed,  // the tracer measured and printed it (strace -T)
  paired,        // Latimer subtracted two of the tracer's time stamps
};

enum class EventKind : std::uint8_t {
  completed,      // it returned (ERESTART* is a return: the kernel re-issues the call as a new one)
  refused,        // seccomp or ptrace answered before the call was entered: a return value, no duration
  no_return,      // exit, exit_group: never returns by design
  killed_inside,  // the caller died in it
  child_return,   // clone, fork, vfork returning in the child: not a completion
  began_before,   // it returned, but was entered before Latimer attached: no start, no duration
  forked,         // no call: tgid and tid came into being, made by process args[0]; args[1]: CLONE_* flags
  ended,          // no call: the thread is gone
  new_run,        // no call: another run of the tracer begins; tids mean other tasks from here on
  gap,  // no call: duration_ns is the time from this call's entry to the thread's next one (a log without
        // durations)
};

// Quality flags, or-ed into SyscallEvent::flags.
enum EventFlag : std::uint8_t {
  kContinuation = 1,  // the kernel re-issued an interrupted call: same logical call as the one before
  kClamped = 2,       // the clock ran backwards; the duration was set to 0
  kBackPressure = 4,  // the tracer was stalled while this was measured: the duration may be too long
  kHalfSeen = 8,      // its entry was not told, or its exit, but the call was made and is over: it counts
};

// What stood in the caller's memory at one of a call's pointers: a path with its NUL, a struct sockaddr, two
// descriptors.
struct MemoryPiece {
  // The address in a struct msghdr stands at no argument of its own.
  static constexpr std::uint8_t kMessageName = 6;

  std::uint8_t argument = 0;  // whose pointer, or kMessageName
  bool cut = false;           // there was more
  std::string_view bytes;
};

// std::string_view and std::span members point into memory of the source and live as long as the batch.
struct SyscallEvent {
  EventKind kind = EventKind::completed;
  Abi abi = Abi::x86_64;
  ClockDomain clock = ClockDomain::monotonic;
  DurationSource duration_source = DurationSource::kernel_delta;
  std::uint8_t flags = 0;
  bool has_args = false;
  bool continuations_known = false;  // the backend can tell a re-issued call: logical counts are possible
  std::int32_t number = -1;
  std::int32_t tid = 0;
  std::optional<std::int32_t> tgid;
  std::optional<std::int64_t> start_ns;      // in `clock`
  std::optional<std::int64_t> duration_ns;   // >= 0
  std::optional<std::int64_t> return_value;  // as the kernel returned it: negative errno on failure
  std::int32_t error = 0;              // errno, positive; 0: no error. Kernel-internal ERESTART* included
  std::optional<std::uint64_t> epoch;  // start time of the process (ns since boot)
  std::optional<std::uint64_t> cgroup_id;
  std::array<std::uint64_t, 6> args{};  // meaningful when has_args
  std::array<char, 16> comm{};          // raw bytes, NUL-terminated; empty: unknown
  std::string_view text_args;           // the arguments as a text backend printed them
  std::span<const MemoryPiece> memory;  // as far as somebody asked for it
  // By FdTracker, or the file that is read: what the call was about (core/model/target_kind.h).
  std::optional<std::int32_t> fd;
  std::string_view path;  // raw bytes; empty: unknown

  [[nodiscard]] std::string_view comm_view() const {
    const std::string_view all(comm.data(), comm.size());
    return all.substr(0, all.find('\0'));
  }
};

}  // namespace latimer
