// TraceOutput: what `trace` makes of a capture: a file of calls, and a few words on standard error.
#pragma once

#include <chrono>
#include <memory>

#include "cli/capture_settings.h"
#include "cli/status_line.h"
#include "core/engine/fd_tracker.h"
#include "core/engine/proc_descriptors.h"
#include "core/engine/trace_recorder.h"

namespace latimer {

class TraceOutput : public EventSink {
 public:
  // `beginning`: a report of the capture before it begins.
  static Result<std::unique_ptr<TraceOutput>> open(const CaptureSettings& settings, const Report& beginning,
                                                   const EventSource& source);

  // Has the session's events go through the tracker, to here.
  void connect(SessionOptions& session, const Target& target);

  void event(const SyscallEvent& event) override { recorder_->event(event); }
  void pause() override;
  [[nodiscard]] bool wants_end() const override { return recorder_->wants_end(); }

  // Writes the end, and says what there is.
  [[nodiscard]] Status finish(const Report& report);

 private:
  explicit TraceOutput(const CaptureSettings& settings);
  void show_progress();
  void summarize(const Report& report) const;

  ProcDescriptors descriptors_;
  FdTracker tracker_;
  std::unique_ptr<TraceRecorder> recorder_;
  StatusLine status_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point shown_ = begun_;
  std::uint64_t shown_rows_ = 0;
};

}  // namespace latimer
