// RecordSource: has perf record what the targets do, and reads it when that has come to its end. Costs the
// targets least of perf's ways; nothing is told before the end.
//
// perf always attaches: a command is launched and held by Latimer, so its status is its own, and perf neither
// ends when it is stopped nor with its main process.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "backends/perftrace/perf_data.h"
#include "backends/perftrace/recorder.h"
#include "backends/perftrace/script_translator.h"
#include "core/engine/capture_request.h"
#include "core/engine/event_source.h"
#include "core/engine/process_targets.h"
#include "core/engine/target_cpu.h"
#include "core/record/text_reader.h"

namespace latimer::perftrace {

class RecordSource : public EventSource {
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
  RecordSource(Tool tool, const CaptureRequest& request, ProcessTargets targets);
  void note_targets();
  // Recording, until perf ends. False: not yet.
  Result<bool> await_recording(std::chrono::steady_clock::time_point deadline);
  Status begin_reading();
  // Reading what was recorded. False: nothing has come in time.
  Result<bool> read(std::chrono::steady_clock::time_point deadline);
  void feed();
  void note_loss();
  [[nodiscard]] std::optional<Error> silenced() const;

  const Tool tool_;
  const CaptureRequest request_;
  const bool aggregates_;
  ProcessTargets targets_;
  ScriptTranslator translator_;
  SnapshotBuilder sums_;  // when it aggregates
  TargetCpuMeter cpu_;
  std::mutex recorder_mutex_;  // stop() may come from any thread
  std::optional<Recorder> recorder_;
  bool stopping_ = false;  // under recorder_mutex_
  std::optional<std::chrono::steady_clock::time_point> asked_to_end_;
  std::optional<std::int64_t> began_ns_, ended_ns_;  // recording, CLOCK_MONOTONIC
  std::optional<Error> failure_;                     // of the recording, to be told behind what was recorded
  std::optional<PerfData> perf_;
  std::optional<TextReader> text_;
  UniqueFd never_;  // what reading waits for beside the text
  TextBlock block_;
  bool over_ = false;
  bool loss_unknown_ = false;  // perf does not tell what was lost in the end
  std::string interference_;   // who may have silenced perf; empty: nobody
};

}  // namespace latimer::perftrace
