// LiveSource: a running strace as an EventSource.
//
// strace always attaches; it never launches. A command is launched and held by ChildProcess, strace attaches
// to it, and then it is released. So the command is Latimer's own child (its status is its own, and never
// mistaken for strace's), its environment and descriptors hold nothing of strace's, and SIGTERM makes strace
// detach (it would kill a command that it launched itself).
//
// If Latimer dies, strace is killed by its parent-death signal, and the kernel lets the traced tasks run on.
// That signal follows the *thread* that called start(), which must therefore live as long as the source.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "backends/strace/drain.h"
#include "backends/strace/tool.h"
#include "backends/strace/translator.h"
#include "core/engine/capture_request.h"
#include "core/engine/event_source.h"
#include "core/engine/live_oracle.h"
#include "core/engine/process_targets.h"
#include "core/engine/target_cpu.h"
#include "core/sys/child_process.h"

namespace latimer::strace {

class LiveSource : public EventSource {
 public:
  // Checks the target; launches and holds a command.
  static Result<std::unique_ptr<EventSource>> open(const Tool& tool, const CaptureRequest& request);
  ~LiveSource() override;

  Status start() override;
  Result<Next> next(Batch& batch, std::chrono::steady_clock::time_point deadline) override;
  [[nodiscard]] int poll_fd() const override { return drain_ ? drain_->ready_fd() : -1; }
  [[nodiscard]] bool aggregates() const override { return false; }
  Result<Snapshot> snapshot() override;
  void stop() noexcept override;
  SourceStats stats() override;
  [[nodiscard]] const ForeignNames& foreign_names() const override { return translator_->names().names(); }
  [[nodiscard]] std::optional<std::int32_t> command_pid() const override { return targets_.command_pid(); }
  std::optional<ExitStatus> command_status() override;
  std::optional<ExitStatus> wait_command(std::chrono::steady_clock::time_point deadline) override;

 private:
  LiveSource(Tool tool, CaptureRequest request) : tool_(std::move(tool)), request_(std::move(request)) {}
  Status prepare();
  Status warn_about_privileges(const std::string& command);
  Status launch_strace();
  Status check_attached();
  void note_targets();
  void warn_about_missed_threads();
  Status abort_start(Error error);
  void feed(const Block& block);
  void feed_line(const Line& line, const Block* block);
  void fill(Batch& batch);
  Result<Next> finish(Batch& batch);
  Status judge_end();
  void warn(std::string text);

  const Tool tool_;
  const CaptureRequest request_;
  LiveOracle oracle_;
  ProcessTargets targets_;
  std::unique_ptr<Translator> translator_;
  std::unique_ptr<Drain> drain_;
  LineBuffer lines_;
  Block block_;                          // what the current batch's views point into
  std::deque<std::string> split_lines_;  // and its lines that came in two blocks
  TargetCpuMeter cpu_;
  std::mutex strace_mutex_;  // stop() may come from any thread
  ChildProcess strace_;
  bool stopping_ = false;  // under strace_mutex_
  std::atomic<bool> killed_by_us_{false};
  bool ended_ = false;
  std::vector<std::string> warnings_;
  std::uint64_t flagged_ = 0;  // events whose duration a stall may have prolonged
};

}  // namespace latimer::strace
