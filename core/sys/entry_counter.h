// EntryCounter: how often a process and its descendants enter system calls, as the kernel's own counter of
// raw_syscalls:sys_enter has it (perf_event_open(2)): nothing of it can be lost on its way to a reader.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/sys/unique_fd.h"

namespace latimer {

class EntryCounter {
 public:
  // Counts from the next program that `pid` executes: what it enters behind that, and what it makes from now
  // on. `filter`: as of the kernel's event filters (Documentation/trace/events.rst), "id==15": numbers of
  // any table. nullopt: not permitted, or the kernel does not have the tracepoint, or the process is gone.
  static std::optional<EntryCounter> open(std::int32_t pid, const std::string& filter);

  // Until now, those who have ended included.
  [[nodiscard]] std::uint64_t read() const;

 private:
  UniqueFd event_;
};

}  // namespace latimer
