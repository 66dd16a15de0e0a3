// LiveSource: a running bpftrace as an EventSource.
//
// A command is launched and held by Latimer until bpftrace stands by, so its status is its own. bpftrace
// holds nobody up: when it, or Latimer, is too slow, records are lost and told.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "backends/bpftrace/process.h"
#include "backends/bpftrace/settler.h"
#include "backends/bpftrace/tool.h"
#include "backends/bpftrace/translator.h"
#include "core/engine/capture_request.h"
#include "core/engine/event_source.h"
#include "core/engine/process_targets.h"
#include "core/engine/target_cpu.h"
#include "core/record/text_reader.h"

namespace latimer::bpftrace {

class LiveSource : public EventSource {
 public:
  // Checks the targets; launches and holds a command.
  static Result<std::unique_ptr<EventSource>> open(const Tool& tool, const CaptureRequest& request);

  Status start() override;
  Result<Next> next(Batch& batch, std::chrono::steady_clock::time_point deadline) override;
  [[nodiscard]] bool aggregates() const override { return aggregates_; }
  Result<Snapshot> snapshot() override;
  void stop() noexcept override;
  SourceStats stats() override;
  [[nodiscard]] std::optional<std::int32_t> command_pid() const override { return targets_.command_pid(); }
  std::optional<ExitStatus> command_status() override { return targets_.command().try_wait(); }
  std::optional<ExitStatus> wait_command(std::chrono::steady_clock::time_point deadline) override {
    return targets_.command().wait(deadline);
  }

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  LiveSource(Tool tool, const CaptureRequest& request, ProcessTargets targets);
  [[nodiscard]] ProgramOptions program() const;
  Status await_beginning();
  void note_sleepers();
  [[nodiscard]] bool nobody_left();
  // Some lines, until the deadline at most. False: nothing has come in time.
  bool read(TimePoint deadline);
  void feed();
  void finish();
  void judge_end();
  [[nodiscard]] bool nothing_left_to_print();
  void watch_the_end();

  const Tool tool_;
  const CaptureRequest request_;
  const bool aggregates_;
  ProcessTargets targets_;
  Translator translator_;
  SnapshotBuilder sums_;  // when it aggregates
  TargetCpuMeter cpu_;
  std::mutex process_mutex_;  // stop() may come from any thread
  std::optional<Process> process_;
  bool stopping_ = false;  // under process_mutex_
  bool killed_by_us_ = false;
  TimePoint last_word_{};  // when bpftrace last said something, or was asked to end
  bool asked_to_end_ = false, asked_to_quit_ = false;
  std::uint64_t records_ = 0, ticks_ = 0;  // when they were looked at last
  std::optional<TimePoint> quiet_since_;   // ticks, and no records between them
  std::optional<TextReader> text_;
  UniqueFd never_;  // what reading waits for beside the text
  TextBlock block_;
  Settler settler_;  // with details
  bool over_ = false;
  std::optional<Error> failure_;  // to be told behind what was read
};

}  // namespace latimer::bpftrace
