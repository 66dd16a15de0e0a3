#include "core/engine/session.h"

#include <poll.h>

#include <algorithm>

#include "core/sys/clock_anchor.h"

namespace latimer {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// A source without a file descriptor, and one whose end shows in no descriptor (the last followed task is
// gone), is asked this often.
constexpr milliseconds kTick{20};
// After stop() a source delivers what was under way; one that has nothing to say for longer than this is
// broken.
constexpr milliseconds kDrainLimit{10'000};

std::uint64_t ns_between(SteadyClock::time_point from, SteadyClock::time_point to) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, nanoseconds(to - from).count()));
}

// True when the capture is to end. Waits until the deadline, the source, or the interruption, whichever comes
// first.
bool wait_for_news(int interrupt_fd, int source_fd, SteadyClock::time_point deadline) {
  pollfd fds[2] = {{interrupt_fd, POLLIN, 0}, {source_fd, POLLIN, 0}};
  const auto left = std::chrono::ceil<milliseconds>(deadline - SteadyClock::now());
  const int timeout = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, kTick.count()));
  poll(fds, 2, timeout);  // negative descriptors are ignored; an EINTR is a short wait
  return interrupt_fd >= 0 && fds[0].revents != 0;
}

ClockAnchor later(const ClockAnchor& anchor, std::uint64_t ns) {
  const auto by = static_cast<std::int64_t>(ns);
  return {anchor.monotonic_ns + by, anchor.realtime_ns + by};
}

// An empty file is what a tracer leaves that was killed before it wrote anything, or whose disk was full. It
// is not a program that made no calls.
void judge_empty_inputs(Capture& capture) {
  LogInfo& log = *capture.source.log;
  std::vector<std::string> empty;
  for (const LogInput& input : log.inputs)
    if (input.bytes == 0 || log.text_bytes == 0)
      empty.push_back(input.name == "-" ? "standard input" : input.name);
  if (empty.empty() || capture.end == EndReason::interrupted || capture.end == EndReason::failed) return;
  log.whole = false;
  const std::string_view why = "nothing was written into it, or its tracer was killed before that";
  if (log.text_bytes == 0) {
    capture.end = EndReason::failed;
    capture.error = Error{Errc::io, empty.size() > 1 ? "the logs are empty" : empty.front() + " is empty",
                          std::string(why)};
    return;
  }
  capture.source.warnings.push_back(empty.size() == 1 ? empty.front() + " is empty: " + std::string(why)
                                                      : std::to_string(empty.size()) +
                                                            " of the logs are empty, as " + empty.front());
}

// Of a log, the time that counts is the recorded one.
void set_recorded_time(Capture& capture) {
  const LogInfo& log = *capture.source.log;
  if (capture.end == EndReason::target_exited) capture.end = EndReason::input_ended;
  capture.observed_ns = log.span_ns;
  capture.snapshot.observed_ns = capture.end_ns = log.span_ns.value_or(0);
  capture.start_anchor = {0, log.start_realtime_ns.value_or(0)};
  capture.end_anchor = {0, log.end_realtime_ns.value_or(0)};
}

}  // namespace

std::string_view to_string(EndReason reason) {
  switch (reason) {
    case EndReason::target_exited:
      return "target exited";
    case EndReason::duration_reached:
      return "duration reached";
    case EndReason::input_ended:
      return "input ended";
    case EndReason::size_reached:
      return "size reached";
    case EndReason::interrupted:
      return "interrupted";
    case EndReason::failed:
      return "failed";
  }
  return "failed";
}

Capture Session::run(int interrupt_fd, const OnInterval& on_interval) {
  start_anchor_ = take_clock_anchor();
  start_ = SteadyClock::now();
  last_interval_end_ = start_;
  Capture capture;
  if (Status started = source_.start(); !started) {
    capture.end = EndReason::failed;
    capture.began = false;
    capture.error = std::move(started).error();
  } else {
    seed_tracker();
    pull_until_end(capture, interrupt_fd, on_interval);
  }
  const auto end = SteadyClock::now();
  const ClockAnchor end_anchor = take_clock_anchor();
  source_.stop();
  drain(capture);
  Capture judged = take(end);
  judged.end = capture.end;
  judged.began = capture.began;
  if (capture.error) judged.error = std::move(capture.error);
  judged.end_anchor =
      judged.source.observed_ns ? later(start_anchor_, judged.observed_ns.value()) : end_anchor;
  if (judged.source.log) {
    set_recorded_time(judged);
    judge_empty_inputs(judged);
  }
  judged.command_status = source_.command_status();
  return judged;
}

// What was open before. Asked after watching has begun: what changes meanwhile is told by events, which come
// later.
void Session::seed_tracker() {
  if (tracker_ == nullptr) return;
  if (const auto pid = source_.command_pid()) tracker_->seed(*pid);
  for (const std::int32_t pid : options_.seeds) tracker_->seed(pid);
}

void Session::pull_until_end(Capture& capture, int interrupt_fd, const OnInterval& on_interval) {
  const auto forever = SteadyClock::time_point::max();
  const auto last = options_.duration ? start_ + *options_.duration : forever;
  auto next_interval = options_.interval ? start_ + *options_.interval : forever;
  for (;;) {
    if (wait_for_news(interrupt_fd, source_.poll_fd(), std::min(last, next_interval))) {
      capture.end = EndReason::interrupted;
      return;
    }
    Batch batch;
    Result<Next> next = source_.next(batch, SteadyClock::now());
    if (!next) {
      capture.end = EndReason::failed;
      capture.error = std::move(next).error();
      return;
    }
    take(batch);
    if (options_.sink != nullptr && options_.sink->wants_end()) {
      capture.end = EndReason::size_reached;
      return;
    }
    const auto now = SteadyClock::now();
    if (now >= next_interval) {
      report_interval(now, on_interval);
      while (next_interval <= now) next_interval += *options_.interval;
    }
    if (*next == Next::end) {
      capture.end = EndReason::target_exited;
      return;
    }
    if (now >= last) {
      capture.end = EndReason::duration_reached;
      return;
    }
  }
}

void Session::take(const Batch& batch) {
  FdTracker* const tracker = source_.tells_targets() ? nullptr : tracker_;
  if (const unsigned recording = source_.recording(); recording != recording_) {
    recording_ = recording;
    if (tracker_ != nullptr) tracker_->forget_processes();
  }
  for (SyscallEvent& event : batch.events) {
    if (tracker != nullptr) tracker->track(event);
    if (!is_asked_for(event.abi, event.number)) {
      if (event.kind == EventKind::completed) ++passed_;
      continue;
    }
    builder_.add(event);
    if (options_.sink != nullptr) options_.sink->event(event);
  }
  if (options_.sink != nullptr) options_.sink->pause();
}

void Session::drain(Capture& capture) {
  auto limit = SteadyClock::now() + kDrainLimit;
  while (SteadyClock::now() < limit) {
    Batch batch;
    Result<Next> next = source_.next(batch, std::min(limit, SteadyClock::now() + kTick));
    if (!next) {
      if (!capture.error) capture.error = std::move(next).error();
      capture.end = EndReason::failed;
      return;
    }
    take(batch);
    if (*next == Next::end) return;
    if (*next == Next::ready) limit = SteadyClock::now() + kDrainLimit;
  }
  capture.end = EndReason::failed;
  capture.error = Error{Errc::internal, "the source did not come to an end within 10 s of being stopped",
                        "the numbers above are what had arrived by then"};
}

// Everything up to `now`, cumulative.
Capture Session::take(SteadyClock::time_point now) {
  Capture capture;
  Result<Snapshot> own = source_.snapshot();
  if (own) {
    capture.snapshot = std::move(own).value();
  } else {
    capture.end = EndReason::failed;
    capture.error = std::move(own).error();
  }
  if (!source_.aggregates()) capture.snapshot.merge(builder_.snapshot());
  capture.source = source_.stats();
  capture.snapshot.observed_ns = capture.source.observed_ns.value_or(ns_between(start_, now));
  capture.observed_ns = capture.snapshot.observed_ns;
  // A trace knows how many there were; what is read of it may be a selection.
  const bool known = source_.counts_completed() && capture.source.ledger.completed;
  if (!source_.aggregates() && !known) capture.source.ledger.completed = builder_.completed() + passed_;
  if (passed_ > 0)
    capture.source.warnings.push_back(
        std::to_string(passed_) +
        " calls were watched only to know which files others are about; they are in the "
        "ledger, and nowhere else");
  std::erase_if(capture.snapshot.in_flight,
                [this](const InFlight& call) { return !is_asked_for(call.key.abi, call.key.number); });
  capture.end_ns = capture.snapshot.observed_ns;
  capture.start_anchor = start_anchor_;
  return capture;
}

void Session::report_interval(SteadyClock::time_point now, const OnInterval& on_interval) {
  Capture whole = take(now);
  whole.source.ledger.live = true;
  Capture interval;
  interval.snapshot = whole.snapshot.since(previous_.snapshot);
  interval.source = whole.source;
  interval.source.ledger = since(whole.source.ledger, previous_.source.ledger);
  interval.start_ns = ns_between(start_, last_interval_end_);
  interval.end_ns = whole.end_ns;
  interval.observed_ns = interval.snapshot.observed_ns;
  interval.start_anchor = whole.start_anchor;
  interval.end_anchor = take_clock_anchor();
  interval.end = whole.end;
  interval.error = whole.error;
  last_interval_end_ = now;
  previous_ = std::move(whole);
  if (on_interval) on_interval(interval);
}

}  // namespace latimer
