#include "backends/strace/source.h"

#include <poll.h>

#include <algorithm>
#include <csignal>

#include "core/sys/clock_anchor.h"
#include "core/sys/fd_util.h"

namespace latimer::strace {
namespace {

// strace detaches by stopping each task once more. A task that cannot be stopped (uninterruptible sleep)
// would keep it, so patience ends.
constexpr std::chrono::seconds kDetachLimit{3};

}  // namespace

LiveSource::~LiveSource() {
  stop();
  if (!strace_.valid()) return;
  if (!strace_.wait(std::chrono::steady_clock::now() + kDetachLimit)) {
    (void)strace_.kill(SIGKILL);
    (void)strace_.wait(std::chrono::steady_clock::now() + kDetachLimit);
  }
  drain_.reset();  // its thread uses strace_
}

void LiveSource::warn(std::string text) { warnings_.push_back(std::move(text)); }

void LiveSource::stop() noexcept {
  const std::lock_guard lock(strace_mutex_);
  if (stopping_) return;
  stopping_ = true;
  if (!strace_.valid()) return;
  (void)strace_.kill(SIGTERM);
  if (!drain_) return;
  drain_->at(std::chrono::steady_clock::now() + kDetachLimit, [this] {
    killed_by_us_ = true;
    (void)strace_.kill(SIGKILL);
  });
}

// A line that lies in the block is left there, one that came in two pieces is kept beside it: events point
// into it.
void LiveSource::feed_line(const Line& line, const Block* block) {
  const std::uint8_t flags = block != nullptr && block->stalled ? kBackPressure : 0;
  Line stable = line;
  const bool inside = block != nullptr && line.text.data() >= block->data.data() &&
                      line.text.data() + line.text.size() <= block->data.data() + block->data.size();
  if (!inside) stable.text = split_lines_.emplace_back(line.text);
  translator_->line(stable, flags);
}

void LiveSource::feed(const Block& block) {
  lines_.feed(block.data, [this, &block](const Line& line) { feed_line(line, &block); });
}

void LiveSource::fill(Batch& batch) {
  Pairing& pairing = translator_->pairing();
  batch.events = pairing.events();
  batch.losses = pairing.losses();
  for (const SyscallEvent& event : pairing.events()) {
    if ((event.flags & kBackPressure) != 0) ++flagged_;
  }
}

Result<Next> LiveSource::next(Batch& batch, std::chrono::steady_clock::time_point deadline) {
  batch = {};
  if (!translator_) return Next::end;
  translator_->pairing().clear();
  split_lines_.clear();
  if (ended_ || !drain_) return Next::end;
  if (targets_.over()) stop();
  cpu_.sample(translator_->pairing().tasks().followed_processes(), false);
  do {
    if (drain_->take(block_)) {
      feed(block_);
      fill(batch);
      if (!batch.events.empty() || !batch.losses.empty()) return Next::ready;
      continue;
    }
    if (drain_->over()) return finish(batch);
    (void)wait_readable(drain_->ready_fd(), deadline);
  } while (std::chrono::steady_clock::now() < deadline);
  return Next::idle;
}

// strace has closed its end. A last line without end is judged, then strace itself.
Result<Next> LiveSource::finish(Batch& batch) {
  lines_.finish([this](const Line& line) { feed_line(line, nullptr); });
  fill(batch);
  if (!batch.events.empty() || !batch.losses.empty()) return Next::ready;
  ended_ = true;
  cpu_.sample(translator_->pairing().tasks().followed_processes(), true);
  if (Status judged = judge_end(); !judged) return std::move(judged).error();
  return Next::end;
}

Status LiveSource::judge_end() {
  const std::lock_guard lock(strace_mutex_);
  const std::optional<ExitStatus> status = strace_.wait(std::chrono::steady_clock::now() + kDetachLimit);
  const std::optional<std::string> said = [this]() -> std::optional<std::string> {
    const Messages messages = drain_->messages();
    if (messages.other.empty()) return std::nullopt;
    return messages.other.back();
  }();
  if (killed_by_us_) {
    warn("strace did not detach within 3 s and was killed; calls that ended in that time are missing");
    return {};
  }
  // With SIGTERM strace detaches and then ends by that signal; without targets left it exits with 0.
  if (!status || (!status->signaled && status->value == 0)) return {};
  if (stopping_ && status->signaled && status->value == SIGTERM) return {};
  std::string what = status->signaled
                         ? "was killed by signal " + std::to_string(status->value)
                         : "failed with status " + std::to_string(status->value) + (said ? ": " + *said : "");
  return Error{Errc::unavailable, "strace " + what + " in the middle of the capture",
               "what follows is what it had told until then; the target runs on, untraced"};
}

Result<Snapshot> LiveSource::snapshot() {
  Snapshot snapshot;
  if (translator_) snapshot.in_flight = translator_->in_flight(realtime_ns(), lines_.open_line());
  return snapshot;
}

SourceStats LiveSource::stats() {
  SourceStats stats;
  stats.warnings = warnings_;
  stats.cost.unknown_reason =
      "strace stops a task twice per call; what that takes is in part in the durations themselves";
  if (!translator_) return stats;
  stats.ledger = translator_->pairing().ledger();
  stats.names = translator_->names().names();
  stats.ledger.lines = translator_->lines();
  cpu_.sample(translator_->pairing().tasks().followed_processes(), true);
  stats.cpu = cpu_.total();
  // The kernel's own account of an ended command is finer than /proc's.
  if (const auto used = targets_.command_cpu()) stats.cpu = used;
  if (const auto tracer = strace_.cpu()) stats.cost.tracer_cpu_ns = tracer->user_ns + tracer->system_ns;
  if (!drain_) return stats;
  const Messages messages = drain_->messages();
  for (const std::string& text : messages.other) stats.warnings.push_back("strace said: " + text);
  if (messages.compat_pid) {
    stats.warnings.push_back("process " + std::to_string(*messages.compat_pid) +
                             " made 32-bit calls, which strace " + tool_.version_text +
                             " does not tell from 64-bit ones of the same name: they are counted together");
  }
  if (messages.other_count > messages.other.size()) {
    stats.warnings.push_back("strace said " + std::to_string(messages.other_count - messages.other.size()) +
                             " more things");
  }
  if (flagged_ > 0) {
    const auto longest =
        std::chrono::duration_cast<std::chrono::milliseconds>(drain_->longest_stall()).count();
    stats.warnings.push_back("Latimer fell behind strace " + std::to_string(drain_->stalls()) +
                             " times (up to " + std::to_string(longest) +
                             " ms), which held the target up: the durations of " + std::to_string(flagged_) +
                             " calls may be too long");
  }
  return stats;
}

std::optional<ExitStatus> LiveSource::command_status() { return targets_.command().try_wait(); }

std::optional<ExitStatus> LiveSource::wait_command(std::chrono::steady_clock::time_point deadline) {
  return targets_.command().wait(deadline);
}

}  // namespace latimer::strace
