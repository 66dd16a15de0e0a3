// Calls for a tracker of descriptors, as text or as registers and memory.
#pragma once

#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "core/engine/fd_tracker.h"
#include "core/model/syscall_table.h"

namespace latimer::fd_fixture {

inline int number_of(std::string_view name) { return syscall_number(Abi::x86_64, name).value(); }

struct Answer {
  std::optional<std::int32_t> fd;
  std::string path;
};

class Calls {
 public:
  explicit Calls(const FdTrackerOptions& options = {}) : tracker(options) {}

  // Each call takes 10 ns and begins 10 ns after the one before, unless `start_ns` says when.
  Answer text(std::string_view name, std::string_view args, std::int64_t value, std::int32_t pid = 1,
              std::int64_t start_ns = -1) {
    SyscallEvent event = make(name, value, pid, start_ns);
    event.text_args = args;
    return track(event);
  }

  // `memory`: what stands at the pointer of that argument.
  Answer registers(std::string_view name, const std::vector<std::uint64_t>& args, std::int64_t value,
                   const std::vector<std::pair<int, std::string>>& memory = {}, std::int32_t pid = 1) {
    SyscallEvent event = make(name, value, pid, -1);
    event.has_args = true;
    for (std::size_t i = 0; i < args.size(); ++i) event.args[i] = args[i];
    std::vector<MemoryPiece> pieces;
    for (const auto& [argument, bytes] : memory)
      pieces.push_back({static_cast<std::uint8_t>(argument), false, bytes});
    event.memory = pieces;
    return track(event);
  }

  void forked(std::int32_t parent, std::int32_t child, std::uint64_t flags = 0, std::int32_t tgid = 0) {
    SyscallEvent event = make("fork", 0, child, -1);
    event.kind = EventKind::forked;
    event.tgid = tgid != 0 ? tgid : child;
    event.args = {static_cast<std::uint64_t>(parent), flags};
    tracker.track(event);
  }

  std::string read(std::int32_t fd, std::int32_t pid = 1, std::int64_t start_ns = -1) {
    return text("read", std::to_string(fd) + ", \"\"..., 100", 0, pid, start_ns).path;
  }

  FdTracker tracker;
  std::int64_t now_ns = 1000;

 private:
  SyscallEvent make(std::string_view name, std::int64_t value, std::int32_t pid, std::int64_t start_ns) {
    SyscallEvent event;
    event.abi = Abi::x86_64;
    event.number = number_of(name);
    event.tid = pid;
    event.tgid = pid;
    event.start_ns = start_ns >= 0 ? start_ns : now_ns;
    now_ns += 20;
    event.duration_ns = start_ns >= 0 ? now_ns - 10 - start_ns : 10;
    event.return_value = value;
    if (value < 0) event.error = static_cast<std::int32_t>(-value);
    return event;
  }

  Answer track(SyscallEvent& event) {
    tracker.track(event);
    return {event.fd, std::string(event.path)};
  }
};

}  // namespace latimer::fd_fixture
