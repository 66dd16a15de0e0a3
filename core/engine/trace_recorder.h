// TraceRecorder: writes every call into a trace file (core/record/trace_format.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/engine/event_sink.h"
#include "core/engine/event_source.h"
#include "core/model/report.h"
#include "core/record/trace_file.h"

namespace latimer {

class TraceRecorder : public EventSink {
 public:
  // `beginning`: a report of a capture that has not begun: who, where, how. `names`: where calls that our
  // tables do not know have their names; must live longer.
  static Result<std::unique_ptr<TraceRecorder>> create(const TraceFileOptions& options,
                                                       const Report& beginning, const EventSource& names);

  void event(const SyscallEvent& event) override;
  void pause() override;
  [[nodiscard]] bool wants_end() const override { return failure_.has_value() || file_->full(); }

  // `report`: of the whole capture. `cut_paths`: that are told in part.
  [[nodiscard]] Status finish(const Report& report, std::uint64_t cut_paths);

  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  [[nodiscard]] bool full() const { return file_->full(); }
  [[nodiscard]] const TraceFile& file() const { return *file_; }

 private:
  TraceRecorder(const EventSource& names, std::int64_t to_realtime_ns)
      : names_(names), to_realtime_ns_(to_realtime_ns) {}
  [[nodiscard]] std::string end_row(unsigned part, bool last) const;
  void flush();

  const EventSource& names_;
  std::int64_t to_realtime_ns_;  // of CLOCK_MONOTONIC
  std::optional<TraceFile> file_;
  std::string buffer_;
  std::chrono::steady_clock::time_point flushed_ = std::chrono::steady_clock::now();
  std::uint64_t rows_ = 0, part_rows_ = 0;
  std::string conclusion_;  // what the last end row says, once finish() knows
  std::optional<Error> failure_;
};

}  // namespace latimer
