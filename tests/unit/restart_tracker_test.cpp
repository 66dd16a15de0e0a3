#include "core/engine/restart_tracker.h"

#include <catch2/catch.hpp>
#include <functional>

using latimer::RestartTracker;

namespace {

constexpr int kRead = 0;
constexpr int kWrite = 1;
constexpr int kErestartsys = 512;

// How many handlers the tracker remembers after `begin` was done a thousand times: each that returns puts an
// interrupted call back, which the next read goes on with.
int remembered(const std::function<void(RestartTracker&)>& begin) {
  RestartTracker tracker;
  for (int i = 0; i < 1000; ++i) begin(tracker);
  int handlers = 0;
  for (tracker.sigreturn_returned(0); tracker.entered(kRead, false, false); tracker.sigreturn_returned(0))
    ++handlers;
  return handlers;
}

}  // namespace

TEST_CASE("handlers that never return are forgotten, however they began", "[restart]") {
  CHECK(remembered([](RestartTracker& tracker) {
          tracker.interrupted(kRead, kErestartsys);
          tracker.signal(true);
        }) == 64);
  CHECK(remembered([](RestartTracker& tracker) {
          tracker.interrupted(kRead, kErestartsys);
          CHECK_FALSE(tracker.entered(kWrite, false, false));
        }) == 64);
}
