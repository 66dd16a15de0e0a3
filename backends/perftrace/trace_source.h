// TraceSource: a running `perf trace` and its text. Tells each call when it has ended, and costs the target
// tens of microseconds for it.
//
// perf trace follows the children of what it launches, and of nobody else: a command is launched by it,
// through a StandIn, and of processes that run only the threads are watched that they have when it begins.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "backends/perftrace/marker.h"
#include "backends/perftrace/messages.h"
#include "backends/perftrace/tool.h"
#include "backends/perftrace/trace_translator.h"
#include "core/engine/capture_request.h"
#include "core/engine/event_source.h"
#include "core/engine/live_oracle.h"
#include "core/engine/process_targets.h"
#include "core/engine/target_cpu.h"
#include "core/record/text_reader.h"
#include "core/sys/child_process.h"
#include "core/sys/stand_in.h"

namespace latimer::perftrace {

class TraceSource : public EventSource {
 public:
  // Checks the targets.
  static Result<std::unique_ptr<EventSource>> open(const Tool& tool, const CaptureRequest& request);
  ~TraceSource() override;

  Status start() override;
  Result<Next> next(Batch& batch, std::chrono::steady_clock::time_point deadline) override;
  [[nodiscard]] int poll_fd() const override { return text_ ? text_->waits_for() : -1; }
  [[nodiscard]] bool aggregates() const override { return aggregates_; }
  Result<Snapshot> snapshot() override;
  void stop() noexcept override;
  SourceStats stats() override;
  [[nodiscard]] std::optional<std::int32_t> command_pid() const override { return command_pid_; }
  std::optional<ExitStatus> command_status() override;
  std::optional<ExitStatus> wait_command(std::chrono::steady_clock::time_point deadline) override;

 private:
  TraceSource(Tool tool, const CaptureRequest& request, ProcessTargets targets);
  Status launch();
  Status attach();
  Status spawn_perf(const std::vector<std::string>& argv, const std::vector<int>& descriptors);
  Status failed_to_begin();
  void warn_about_new_threads();
  // Some text. False: nothing has come in time.
  bool read(std::chrono::steady_clock::time_point deadline);
  void feed();
  void ask_to_end() noexcept;
  Status finish();
  void settle_tasks();

  const Tool tool_;
  const CaptureRequest request_;
  const bool aggregates_;
  ProcessTargets targets_;  // that run
  LiveOracle oracle_;
  TraceTranslator translator_;
  SnapshotBuilder sums_;  // when it aggregates
  TargetCpuMeter cpu_;
  StandIn stand_in_;
  std::optional<std::int32_t> command_pid_, stand_in_pid_;
  std::vector<std::int32_t> tids_;  // that perf attaches to
  std::optional<Marker> marker_;
  Messages messages_;
  std::mutex perf_mutex_;  // stop() may come from any thread
  ChildProcess perf_;
  bool stopping_ = false;  // under perf_mutex_
  std::optional<std::chrono::steady_clock::time_point> asked_to_end_;
  UniqueFd never_;  // what reading waits for beside the text
  std::optional<TextReader> text_;
  TextBlock block_;
  bool told_ = false;  // a batch
  bool over_ = false;
  std::vector<std::string> warnings_;
  std::string interference_;  // who may have silenced perf; empty: nobody
};

}  // namespace latimer::perftrace
