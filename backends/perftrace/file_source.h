// FileSource: --input of what perf saw of system calls: perf.data, or what `perf script` or `perf trace`
// printed.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "backends/perftrace/line_translator.h"
#include "backends/perftrace/perf_data.h"
#include "core/engine/capture_request.h"
#include "core/engine/event_source.h"
#include "core/record/content_kind.h"
#include "core/record/text_reader.h"
#include "core/sys/unique_fd.h"

namespace latimer::perftrace {

enum class TextKind : std::uint8_t { other, script, trace };

// Which of perf's texts begins like this: perf script's of system calls, or perf trace's.
[[nodiscard]] TextKind text_kind(std::string_view beginning);

class FileSource : public EventSource {
 public:
  // Reads nothing yet.
  static Result<std::unique_ptr<EventSource>> open(const CaptureRequest& request);

  Status start() override { return {}; }
  Result<Next> next(Batch& batch, std::chrono::steady_clock::time_point deadline) override;
  [[nodiscard]] int poll_fd() const override;
  [[nodiscard]] bool aggregates() const override { return aggregates_; }
  Result<Snapshot> snapshot() override;
  void stop() noexcept override;
  SourceStats stats() override;
  [[nodiscard]] std::optional<Progress> progress() const override;

 private:
  explicit FileSource(const CaptureRequest& request);
  [[nodiscard]] LineTranslator& translator() { return *translator_; }
  Status settle_on(TextKind kind);
  Status refuse(ContentKind kind, std::string_view beginning) const;
  Status open_next();
  Status identify();
  void close();
  void note_input();
  void feed();
  void collect();
  // False: nothing has come in time.
  Result<bool> step(std::chrono::steady_clock::time_point deadline);
  [[nodiscard]] std::vector<std::string> warnings() const;
  [[nodiscard]] LogInfo info() const;

  const std::vector<std::string> inputs_;
  const bool timing_;
  const bool aggregates_;
  const TranslatorOptions options_;
  TextKind kind_ = TextKind::other;  // of the inputs so far
  std::unique_ptr<LineTranslator> translator_;
  SnapshotBuilder sums_;  // when it aggregates
  UniqueFd stop_fd_, always_;
  std::optional<PerfData> perf_;  // that makes the text
  std::optional<TextReader> text_;
  TextBlock block_;
  std::size_t next_ = 0;     // input to open
  bool identified_ = false;  // the one that is being read
  bool over_ = false;
  bool whole_ = false;
  std::optional<Error> failure_;
  std::uint64_t text_bytes_ = 0;
  LogInfo info_;  // the inputs so far
  std::uint64_t closed_bytes_ = 0;
  std::optional<std::uint64_t> total_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> done_{0};
};

}  // namespace latimer::perftrace
