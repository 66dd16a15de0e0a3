// Settler: events into the order in which their calls ended. bpftrace prints what it finds in the buffer of
// one CPU after the other, so that records of different CPUs come in any order within a round.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/model/syscall_event.h"

namespace latimer::bpftrace {

// Not thread-safe. Memory: events of the latest 200 ms.
class Settler {
 public:
  // Keeps copies, also of what the events point to.
  void add(std::span<const SyscallEvent> events);
  // Those that nothing earlier can come before any more; `all`: nothing will come at all. Good until the next
  // call of this.
  [[nodiscard]] std::span<SyscallEvent> take(bool all);

 private:
  struct Held {
    SyscallEvent event;
    std::array<MemoryPiece, 1> piece;
    std::string bytes;  // of the piece
  };
  std::multimap<std::int64_t, Held> held_;  // by when they ended
  std::int64_t latest_ns_ = 0;
  std::vector<Held> taken_;
  std::vector<SyscallEvent> events_;
};

}  // namespace latimer::bpftrace
