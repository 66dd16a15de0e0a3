// EventSink: who sees every single event that a session pulls.
#pragma once

#include "core/model/syscall_event.h"

namespace latimer {

// On the session's thread. A source that is watched live must not wait for it for long.
class EventSink {
 public:
  virtual ~EventSink() = default;
  // The event, its path and its views are good until event() returns.
  virtual void event(const SyscallEvent& event) = 0;
  // There is nothing more for the moment. Also comes without events, at the loop's pace.
  virtual void pause() {}
  // Going on makes no sense for this sink: the session is to end.
  [[nodiscard]] virtual bool wants_end() const { return false; }
};

}  // namespace latimer
