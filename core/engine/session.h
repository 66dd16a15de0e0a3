// Session: the one loop between a source and a report. Live or file, aggregate or stream: it cannot tell.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/engine/event_sink.h"
#include "core/engine/event_source.h"
#include "core/engine/fd_tracker.h"
#include "core/engine/syscall_filter.h"
#include "core/model/clock.h"
#include "core/stats/snapshot.h"
#include "core/stats/snapshot_builder.h"

namespace latimer {

enum class EndReason : std::uint8_t {
  target_exited,
  duration_reached,
  input_ended,
  size_reached,
  interrupted,
  failed
};
[[nodiscard]] std::string_view to_string(EndReason reason);

struct SessionOptions {
  GroupBy by = GroupBy::none;
  std::optional<std::chrono::nanoseconds> duration;  // nullopt: until the target ends or somebody interrupts
  std::optional<std::chrono::nanoseconds> interval;  // of the interval callback
  // What is asked for, where more is watched to follow descriptors; nullopt: all that comes.
  std::optional<SyscallFilter> selection;
  FdTracker* tracker = nullptr;     // completes the events; nullptr: nobody does
  std::vector<std::int32_t> seeds;  // processes that the tracker is to ask about at the beginning
  EventSink* sink = nullptr;        // sees them all; nullptr: nobody does
};

// What one interval or the whole capture came to.
struct Capture {
  Snapshot snapshot;
  SourceStats source;
  std::optional<std::uint64_t> observed_ns;  // nullopt: a log without time stamps
  std::uint64_t start_ns = 0;                // since the start of the capture
  std::uint64_t end_ns = 0;
  ClockAnchor start_anchor;
  ClockAnchor end_anchor;
  EndReason end = EndReason::target_exited;
  bool began = true;  // false: the source could not be started; a command that it holds has not run
  std::optional<Error>
      error;  // why it failed, when end is failed; what was gathered before is here all the same
  std::optional<ExitStatus> command_status;
};

// Runs on the calling thread. The interval callback must not block: whoever prints hands the data to a thread
// of his own.
class Session {
 public:
  using OnInterval = std::function<void(const Capture& interval)>;

  Session(EventSource& source, SessionOptions options)
      : source_(source), options_(std::move(options)), builder_(options_.by), tracker_(options_.tracker) {}

  // start()s the source, pulls until the end, stops it, drains it, judges it. interrupt_fd: becomes readable
  // when the capture is to end (a signalfd or eventfd; not read here); -1: never.
  [[nodiscard]] Capture run(int interrupt_fd, const OnInterval& on_interval);

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  void pull_until_end(Capture& capture, int interrupt_fd, const OnInterval& on_interval);
  void drain(Capture& capture);
  void take(const Batch& batch);
  [[nodiscard]] bool is_asked_for(Abi abi, std::int32_t number) const {
    return !options_.selection || options_.selection->selects(abi, number);
  }
  void seed_tracker();
  Capture take(TimePoint now);
  void report_interval(TimePoint now, const OnInterval& on_interval);

  EventSource& source_;
  SessionOptions options_;
  SnapshotBuilder builder_;
  FdTracker* tracker_;
  unsigned recording_ = 0;    // that the tracker is about
  std::uint64_t passed_ = 0;  // completions that nobody asked for
  Capture previous_;          // as it was at the end of the last interval
  ClockAnchor start_anchor_;
  TimePoint start_;
  TimePoint last_interval_end_;
};

}  // namespace latimer
