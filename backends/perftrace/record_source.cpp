#include "backends/perftrace/record_source.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "backends/perftrace/buffer_size.h"
#include "backends/perftrace/interference.h"
#include "backends/perftrace/presence.h"
#include "core/sys/clock_anchor.h"
#include "core/sys/proc.h"

namespace latimer::perftrace {
namespace {

using SteadyClock = std::chrono::steady_clock;

// perf writes what is in its buffers and ends; the disk may be slow.
constexpr std::chrono::seconds kEndLimit{8};
constexpr std::chrono::milliseconds kTick{20};

TranslatorOptions script_options(const CaptureRequest& request, const ProcessTargets& targets) {
  TranslatorOptions options;
  options.filter = request.filter;
  options.details = request.details;
  options.by = request.by;
  options.timing = request.timing;
  options.live = true;
  options.follow = targets.follow();
  options.tells_loss = true;
  options.held_pid = targets.command_pid();
  return options;
}

}  // namespace

Result<std::unique_ptr<EventSource>> RecordSource::open(const Tool& tool, const CaptureRequest& request) {
  if (request.as_it_happens)
    return Error{Errc::usage,
                 "perf record tells nothing before the end, so there is nothing to show in between (-i)",
                 "--perf-mode live tells while it runs, as do -b ebpf and -b strace; or leave -i out"};
  Result<ProcessTargets> targets = ProcessTargets::open(request.target, false);
  if (!targets) return std::move(targets).error();
  return std::unique_ptr<EventSource>(new RecordSource(tool, request, *std::move(targets)));
}

RecordSource::RecordSource(Tool tool, const CaptureRequest& request, ProcessTargets targets)
    : tool_(std::move(tool)),
      request_(request),
      aggregates_(request.mode == CaptureMode::aggregate),
      targets_(std::move(targets)),
      translator_(script_options(request, targets_)),
      sums_(request.by),
      never_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void RecordSource::note_targets() {
  Pairing& pairing = translator_.pairing();
  pairing.tasks().exclude(static_cast<std::int32_t>(::getpid()));
  if (targets_.launched()) {
    pairing.tasks().add_target(*targets_.command_pid(), *targets_.command_pid());
    return;
  }
  cpu_.start(targets_.pids());
  note_presence(pairing, targets_.pids().empty() ? all_processes() : targets_.pids(), request_.filter);
}

Status RecordSource::start() {
  note_targets();
  interference_ = interfering_programs();
  RecordCall call;
  call.pids = targets_.pids();
  call.filter = request_.filter;
  call.buffer_bytes = buffer_bytes(request_);
  Result<Recorder> recorder = Recorder::start(tool_, std::move(call));
  if (!recorder) return std::move(recorder).error();
  {
    const std::lock_guard lock(recorder_mutex_);
    recorder_.emplace(*std::move(recorder));
    if (stopping_) recorder_->stop();
  }
  began_ns_ = monotonic_ns();
  if (!targets_.launched()) return {};
  return targets_.command().release();
}

void RecordSource::stop() noexcept {
  const std::lock_guard lock(recorder_mutex_);
  if (std::exchange(stopping_, true) || !recorder_) return;
  recorder_->stop();
}

Result<bool> RecordSource::await_recording(SteadyClock::time_point deadline) {
  if (targets_.over()) stop();
  cpu_.sample(targets_.pids(), false);
  const auto now = SteadyClock::now();
  const std::lock_guard lock(recorder_mutex_);
  if (stopping_ && !asked_to_end_) asked_to_end_ = now;
  if (asked_to_end_ && now - *asked_to_end_ > kEndLimit) recorder_->kill();
  // stop() must not wait for us for long.
  if (!recorder_->ended(std::min(deadline, now + kTick))) return false;
  ended_ns_ = monotonic_ns();
  if (interference_.empty()) interference_ = interfering_programs();
  cpu_.sample(targets_.pids(), true);
  if (Status judged = recorder_->judge(); !judged) failure_ = std::move(judged).error();
  return true;
}

Status RecordSource::begin_reading() {
  Result<PerfData> data = PerfData::of_descriptor(recorder_->file());
  if (!data) return std::move(data).error();
  perf_.emplace(*std::move(data));
  text_.emplace(perf_->take_text(), never_.get());
  return {};
}

void RecordSource::feed() {
  block_.find_lines();
  SnapshotBuilder* sums = aggregates_ ? &sums_ : nullptr;
  for (std::size_t i = 0; i < block_.lines(); ++i) translator_.line(block_.line(i), sums);
}

void RecordSource::note_loss() {
  const std::optional<std::uint64_t> lost = perf_->lost();
  loss_unknown_ = !lost && !failure_;
  if (lost) translator_.lost_in_all(*lost);
}

Result<bool> RecordSource::read(SteadyClock::time_point deadline) {
  if (!text_) {
    if (Status begun = begin_reading(); !begun) return std::move(begun).error();
  }
  while (!text_->cut(block_)) {
    if (text_->at_end()) {
      text_->take_rest(block_);
      feed();
      note_loss();
      translator_.finish();
      over_ = true;
      if (!failure_) failure_ = text_->failure();
      if (Status ended = perf_->finish(); !ended && !failure_) failure_ = std::move(ended).error();
      if (!failure_) failure_ = silenced();
      return true;
    }
    if (!text_->fill(deadline)) return false;
  }
  feed();
  return true;
}

// Whatever was launched has made calls.
std::optional<Error> RecordSource::silenced() const {
  const Ledger ledger = translator_.ledger();
  const bool half = ledger.enters.value_or(0) == 0 || ledger.exits.value_or(0) == 0;
  if (!targets_.launched() || !half || interference_.empty()) return std::nullopt;
  return silenced_by(interference_);
}

Result<Next> RecordSource::next(Batch& batch, SteadyClock::time_point deadline) {
  batch = {};
  Pairing& pairing = translator_.pairing();
  pairing.clear();
  if (over_ && failure_) return *std::exchange(failure_, std::nullopt);
  if (over_ || !recorder_) return Next::end;
  if (!ended_ns_) {
    const Result<bool> ended = await_recording(deadline);
    if (!ended) return ended.error();
    if (!*ended) return Next::idle;
  }
  const Result<bool> some = read(deadline);
  if (!some) {
    over_ = true;
    return some.error();
  }
  if (!*some) return Next::idle;
  if (aggregates_) {
    for (const SyscallEvent& event : pairing.events()) sums_.add(event);
  } else {
    batch.events = pairing.events();
  }
  batch.losses = pairing.losses();
  return Next::ready;
}

Result<Snapshot> RecordSource::snapshot() {
  Snapshot snapshot;
  if (aggregates_) snapshot = sums_.snapshot();
  snapshot.in_flight = translator_.pairing().in_flight(ended_ns_);
  return snapshot;
}

SourceStats RecordSource::stats() {
  SourceStats stats;
  stats.ledger = translator_.ledger();
  if (aggregates_) stats.ledger.completed = sums_.completed();
  stats.ledger.lines = translator_.lines();
  stats.cost.unknown_reason = "perf does not measure what its samples cost";
  if (began_ns_ && ended_ns_) stats.observed_ns = static_cast<std::uint64_t>(*ended_ns_ - *began_ns_);
  stats.cpu = targets_.launched() ? targets_.command_cpu() : cpu_.total();
  if (recorder_ && recorder_->cpu())
    stats.cost.tracer_cpu_ns = recorder_->cpu()->user_ns + recorder_->cpu()->system_ns;
  stats.warnings = translator_.warnings();
  if (loss_unknown_)
    stats.warnings.emplace_back(
        "what a CPU's buffer lost last is not told, for want of perf 6.1 and Linux 6.0 (or newer): calls may "
        "be missing");
  if (!interference_.empty()) stats.warnings.push_back(warning_of(interference_));
  return stats;
}

}  // namespace latimer::perftrace
