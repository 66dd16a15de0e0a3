#include "backends/bpftrace/live_source.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "backends/bpftrace/refusal.h"
#include "core/sys/clock_anchor.h"
#include "core/sys/proc.h"

namespace latimer::bpftrace {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds kStartLimit{30};  // compiling takes a second, or many on a busy host
constexpr std::chrono::milliseconds kTick{20};
constexpr std::chrono::milliseconds kQuiet{150};
constexpr std::chrono::seconds kSilenceLimit{5};  // of a bpftrace that was asked to end
// bpftrace looks ten times a second. One look may be lost where records are.
constexpr unsigned kEnoughLooks = 2, kManyLooks = 20;

TranslatorOptions translator_options(const CaptureRequest& request, const ProcessTargets& targets) {
  TranslatorOptions options;
  options.by = request.by;
  options.timing = request.timing;
  options.live = true;
  options.launched = targets.launched();
  return options;
}

Error cannot_select(const char* what) {
  return Error{Errc::usage, fmt::format("bpftrace cannot watch {}", what),
               "use a command, -p PID or -a; -b ebpf can"};
}

}  // namespace

Result<std::unique_ptr<EventSource>> LiveSource::open(const Tool& tool, const CaptureRequest& request) {
  if (std::holds_alternative<CommTarget>(request.target)) return cannot_select("by name (--comm)");
  if (std::holds_alternative<CgroupTarget>(request.target)) return cannot_select("a cgroup (--cgroup)");
  Result<ProcessTargets> targets = ProcessTargets::open(request.target, false);
  if (!targets) return std::move(targets).error();
  return std::unique_ptr<EventSource>(new LiveSource(tool, request, *std::move(targets)));
}

LiveSource::LiveSource(Tool tool, const CaptureRequest& request, ProcessTargets targets)
    : tool_(std::move(tool)),
      request_(request),
      aggregates_(request.mode == CaptureMode::aggregate),
      targets_(std::move(targets)),
      translator_(translator_options(request, targets_)),
      sums_(request.by),
      never_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

ProgramOptions LiveSource::program() const {
  ProgramOptions options;
  options.filter = request_.filter;
  options.names = request_.by != GroupBy::none || !aggregates_;
  options.details = request_.details;
  options.held = targets_.launched();
  options.pids = targets_.pids();
  options.watch = targets_.follow() ? Watch::descendants : Watch::processes;
  if (options.pids.empty()) {
    options.watch = Watch::host;
    options.pids = {static_cast<std::int32_t>(::getpid())};
  }
  return options;
}

Status LiveSource::start() {
  if (!targets_.launched()) cpu_.start(targets_.pids());
  Result<Process> process = Process::start(tool_, program(), request_.ring_bytes);
  if (!process) return std::move(process).error();
  const UniqueFd output = process->take_output();
  Result<InputStream> stream = InputStream::open("/proc/self/fd/" + std::to_string(output.get()));
  if (!stream) return std::move(stream).error();
  text_.emplace(*std::move(stream), never_.get());
  {
    const std::lock_guard lock(process_mutex_);
    process_.emplace(*std::move(process));
  }
  if (Status begun = await_beginning(); !begun) return begun;
  {
    const std::lock_guard lock(process_mutex_);
    if (stopping_) process_->end();
  }
  if (targets_.launched()) return targets_.command().release();
  note_sleepers();
  return {};
}

// bpftrace says nothing when its probes are attached, so it is asked until the last of them answers.
Status LiveSource::await_beginning() {
  const auto limit = SteadyClock::now() + kStartLimit;
  while (!translator_.begun()) {
    process_->begin();
    (void)read(SteadyClock::now() + kTick);
    if (over_) {
      (void)process_->wait(SteadyClock::now() + kSilenceLimit);
      failure_.reset();
      return explain_refusal(process_->messages());
    }
    if (SteadyClock::now() > limit) {
      const std::string said = complaint_in(process_->messages());
      return Error{Errc::unavailable,
                   fmt::format("bpftrace did not begin to watch within {} s{}{}", kStartLimit.count(),
                               said.empty() ? "" : ": ", said),
                   "latimer doctor -b bpftrace tries what bpftrace needs; -b ebpf does without it"};
    }
  }
  return {};
}

// Whoever entered a call after the beginning is known to the kernel; the others are told of from here, if
// they never come back.
void LiveSource::note_sleepers() {
  const auto own = static_cast<std::int32_t>(::getpid());
  for (const std::int32_t pid : targets_.pids().empty() ? all_processes() : targets_.pids()) {
    if (pid == own || pid == process_->pid()) continue;
    for (const std::int32_t tid : threads_of(pid))
      if (const auto number = syscall_of(tid)) translator_.found_inside(tid, pid, *number, monotonic_ns());
  }
}

void LiveSource::stop() noexcept {
  const std::lock_guard lock(process_mutex_);
  if (std::exchange(stopping_, true) || !process_) return;
  process_->end();
}

void LiveSource::feed() {
  block_.find_lines();
  SnapshotBuilder* sums = aggregates_ ? &sums_ : nullptr;
  for (std::size_t i = 0; i < block_.lines(); ++i) translator_.line(block_.line(i), sums);
}

bool LiveSource::read(TimePoint deadline) {
  while (!text_->cut(block_)) {
    if (text_->at_end()) {
      text_->take_rest(block_);
      feed();
      finish();
      return true;
    }
    if (!text_->fill(deadline)) return false;
    last_word_ = SteadyClock::now();
  }
  feed();
  return true;
}

// Children of the targets live on when those have ended: bpftrace itself looks whom it still watches.
bool LiveSource::nobody_left() {
  if (targets_.over()) return true;
  if (!targets_.follow() || targets_.pids().empty()) return false;
  const bool lost = translator_.ledger().total_lost() > 0;
  return translator_.found_nobody() > (lost ? kManyLooks : kEnoughLooks);
}

// bpftrace reads the buffers of the CPUs one after the other, and ticks are only in one of them; so they have
// to come for longer than it is busy with another.
bool LiveSource::nothing_left_to_print() {
  const std::uint64_t records = translator_.lines().records, ticks = translator_.ticks();
  if (std::exchange(records_, records) != records) quiet_since_.reset();
  if (std::exchange(ticks_, ticks) == ticks || !translator_.whole()) return false;
  const auto now = SteadyClock::now();
  if (!quiet_since_) quiet_since_ = now;
  return now - *quiet_since_ >= kQuiet;
}

void LiveSource::watch_the_end() {
  const std::lock_guard lock(process_mutex_);
  if (!stopping_ || killed_by_us_) return;
  const auto now = SteadyClock::now();
  if (!std::exchange(asked_to_end_, true)) last_word_ = now;
  if (!asked_to_quit_ && nothing_left_to_print()) {
    asked_to_quit_ = true;
    process_->quit();
  }
  // One that says nothing more and does not end either.
  if (now - last_word_ < kSilenceLimit) return;
  killed_by_us_ = true;
  process_->kill();
}

void LiveSource::judge_end() {
  const std::lock_guard lock(process_mutex_);
  const std::optional<ExitStatus> status = process_->wait(SteadyClock::now() + kSilenceLimit);
  if (killed_by_us_) {
    failure_ = Error{Errc::unavailable,
                     fmt::format("bpftrace did not end within {} s and was killed", kSilenceLimit.count()),
                     "what follows is what it had told until then"};
    return;
  }
  if (status == ExitStatus{} && translator_.whole()) return;
  const std::string how = !status            ? "closed its output"
                          : status->signaled ? fmt::format("was killed by signal {}", status->value)
                                             : fmt::format("ended with status {}", status->value);
  const std::string said = complaint_in(process_->messages());
  failure_ =
      Error{Errc::unavailable,
            fmt::format("bpftrace {}{}{} in the middle of the capture", how, said.empty() ? "" : ": ", said),
            "what follows is what it had told until then; the target runs on, unwatched"};
}

void LiveSource::finish() {
  over_ = true;
  translator_.finish();
  cpu_.sample(targets_.pids(), true);
  judge_end();
}

Result<Next> LiveSource::next(Batch& batch, TimePoint deadline) {
  batch = {};
  translator_.clear();
  if (over_ && failure_) return *std::exchange(failure_, std::nullopt);
  if (over_ || !text_) return Next::end;
  if (nobody_left()) stop();
  watch_the_end();
  cpu_.sample(targets_.pids(), false);
  // The targets' end must be noticed.
  if (!read(std::min(deadline, SteadyClock::now() + kTick))) return Next::idle;
  if (request_.details) {
    settler_.add(translator_.events());
    batch.events = settler_.take(over_);
  } else if (!aggregates_) {
    batch.events = translator_.events();
  } else {
    for (const SyscallEvent& event : translator_.events()) sums_.add(event);
  }
  batch.losses = translator_.losses();
  return Next::ready;
}

Result<Snapshot> LiveSource::snapshot() {
  Snapshot snapshot;
  if (aggregates_) snapshot = sums_.snapshot();
  snapshot.in_flight = translator_.in_flight();
  return snapshot;
}

SourceStats LiveSource::stats() {
  SourceStats stats;
  stats.ledger = translator_.ledger();
  if (aggregates_) stats.ledger.completed = sums_.completed();
  stats.ledger.lines = translator_.lines();
  stats.cost.unknown_reason = "bpftrace does not measure what its programs cost";
  stats.observed_ns = translator_.span_ns();
  stats.cpu = targets_.launched() ? targets_.command_cpu() : cpu_.total();
  if (process_ && process_->cpu())
    stats.cost.tracer_cpu_ns = process_->cpu()->user_ns + process_->cpu()->system_ns;
  stats.warnings = translator_.warnings();
  return stats;
}

}  // namespace latimer::bpftrace
