// LogSource: logs that strace wrote earlier, as an EventSource.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backends/strace/log_lines.h"
#include "backends/strace/log_parser.h"
#include "backends/strace/log_reader.h"
#include "backends/strace/translator.h"
#include "core/engine/capture_request.h"
#include "core/engine/event_source.h"

namespace latimer::strace {

class LogSource : public EventSource {
 public:
  // Finds the logs; reads nothing yet.
  static Result<std::unique_ptr<EventSource>> open(const CaptureRequest& request);

  Status start() override;
  Result<Next> next(Batch& batch, std::chrono::steady_clock::time_point deadline) override;
  [[nodiscard]] int poll_fd() const override;
  [[nodiscard]] bool aggregates() const override { return aggregates_; }
  // Calls in flight, and what is known from tables alone; when it aggregates, all calls.
  Result<Snapshot> snapshot() override;
  void stop() noexcept override;
  SourceStats stats() override;
  [[nodiscard]] const ForeignNames& foreign_names() const override { return translator_.names().names(); }
  [[nodiscard]] std::optional<Progress> progress() const override { return reader_.progress(); }

 private:
  LogSource(const CaptureRequest& request, std::vector<LogFile> logs, LayoutHints hints, bool wall_times);
  void feed(LogBlock& block);
  bool take(const Skimmed& skimmed);
  void take_events();
  void note_step(std::int64_t duration_ns);
  [[nodiscard]] std::uint64_t duration_step() const;
  void begin_log(const LogBlock& block);
  [[nodiscard]] std::optional<std::int64_t> now() const;
  void add_tables(Snapshot& snapshot);
  [[nodiscard]] LogInfo info() const;
  // `returned`: calls that did.
  void add_warnings(std::vector<std::string>& warnings, std::uint64_t returned) const;
  void add_line_warnings(std::vector<std::string>& warnings) const;
  void add_table_warnings(std::vector<std::string>& warnings, std::uint64_t tabulated,
                          std::uint64_t returned) const;

  const GroupBy by_;
  const SyscallFilter filter_;
  const bool timing_;
  const unsigned jobs_;
  const bool aggregates_;
  const bool wall_times_;  // the user says that tables are of strace -w
  LogReader reader_;
  std::unique_ptr<LogParser> parser_;
  Translator translator_;
  LogClock clock_;
  LogLines lines_{translator_, clock_};
  SnapshotBuilder sums_;  // when it aggregates
  UniqueFd always_;       // eventfd, readable
  std::optional<std::size_t> latest_log_;
  std::uint64_t durations_seen_ = 0;
  bool gaps_ = false;
  std::uint64_t step_ns_ = 1'000'000'000;  // of durations, as far as seen
  bool over_ = false;
};

}  // namespace latimer::strace
