// A source that says what a test tells it to say: real batches through the real loop, without a tracer.
#pragma once

#include <atomic>
#include <deque>
#include <thread>
#include <vector>

#include "core/engine/event_source.h"

namespace latimer::test {

class ScriptedSource : public EventSource {
 public:
  struct Step {
    std::vector<SyscallEvent> events;
    std::optional<Error> error;
    std::chrono::milliseconds delay{0};
  };

  std::deque<Step> steps;       // one per next(); then idle or end
  std::deque<Step> after_stop;  // what is still under way when stop() comes
  bool ends_by_itself = true;
  bool aggregating = false;
  bool never_ends = false;
  Snapshot own;  // answer of snapshot()
  SourceStats own_stats;
  std::optional<Error> start_error;
  int stops = 0;

  Status start() override { return start_error ? Status(*start_error) : Status(); }

  Result<Next> next(Batch& batch, std::chrono::steady_clock::time_point) override {
    batch = {};
    auto& queue = stops > 0 ? after_stop : steps;
    if (queue.empty()) {
      if (never_ends || (stops == 0 && !ends_by_itself)) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return Next::idle;
      }
      return Next::end;
    }
    current_ = std::move(queue.front());
    queue.pop_front();
    std::this_thread::sleep_for(current_.delay);
    if (current_.error) return *current_.error;
    batch.events = current_.events;
    return Next::ready;
  }

  [[nodiscard]] bool aggregates() const override { return aggregating; }
  Result<Snapshot> snapshot() override { return own; }
  void stop() noexcept override { ++stops; }
  SourceStats stats() override { return own_stats; }

 private:
  Step current_;
};

}  // namespace latimer::test
