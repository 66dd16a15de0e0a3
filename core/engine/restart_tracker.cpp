#include "core/engine/restart_tracker.h"

#include <cerrno>

#include "core/model/errno_table.h"

namespace latimer {
namespace {
constexpr std::size_t kMaxFrames = 64;
}

void RestartTracker::interrupted(std::int32_t number, std::int32_t error) {
  waiting_ = Interrupted{number, error};
}

void RestartTracker::signal(std::optional<bool> caught) {
  if (caught != true) return;  // without a handler the call is simply entered again
  handler_begins();
}

void RestartTracker::handler_begins() {
  if (frames_.size() == kMaxFrames) frames_.erase(frames_.begin());
  frames_.push_back(waiting_);
  waiting_.reset();
}

bool RestartTracker::entered(std::int32_t number, bool sigreturn, bool restart) {
  if (!waiting_) return false;
  const Interrupted call = *waiting_;
  if (sigreturn || (!restart && number != call.number)) {
    // Another call: a handler is running although nobody said so (SA_RESETHAND takes the handler away as it
    // starts).
    handler_begins();
    return false;
  }
  waiting_.reset();
  return restart == (call.error == kErestartRestartblock) || number == call.number;
}

void RestartTracker::sigreturn_returned(std::int32_t error) {
  if (frames_.empty()) return;
  const std::optional<Interrupted> call = frames_.back();
  frames_.pop_back();
  if (call && error != EINTR) waiting_ = call;
}

}  // namespace latimer
