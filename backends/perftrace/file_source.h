// FileSource: --input of what perf saw of system calls: perf.data, or what `perf script` or `perf trace`
// printed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backends/perftrace/line_translator.h"
#include "backends/perftrace/perf_data.h"
#include "core/engine/capture_request.h"
#include "core/engine/event_source.h"
#include "core/record/content_kind.h"
#include "core/record/text_inputs.h"

namespace latimer::perftrace {

enum class TextKind : std::uint8_t { other, script, trace };

// Which of perf's texts begins like this: perf script's of system calls, or perf trace's.
[[nodiscard]] TextKind text_kind(std::string_view beginning);

class FileSource : public EventSource, private TextInputs::Reader {
 public:
  // Reads nothing yet.
  static Result<std::unique_ptr<EventSource>> open(const CaptureRequest& request);

  Status start() override { return {}; }
  Result<Next> next(Batch& batch, std::chrono::steady_clock::time_point deadline) override;
  [[nodiscard]] int poll_fd() const override { return inputs_.poll_fd(); }
  [[nodiscard]] bool aggregates() const override { return aggregates_; }
  Result<Snapshot> snapshot() override;
  void stop() noexcept override { inputs_.stop(); }
  SourceStats stats() override;
  [[nodiscard]] std::optional<Progress> progress() const override;

 private:
  explicit FileSource(const CaptureRequest& request);
  [[nodiscard]] LineTranslator& translator() { return *translator_; }
  Status settle_on(const std::string& input, TextKind kind);
  static Error refusal(const std::string& input, ContentKind kind, std::string_view beginning);
  Result<InputStream> open_input(const std::string& input) override;
  Result<std::string> begin_input(const std::string& input, std::string_view beginning,
                                  bool readable) override;
  void take_lines(TextBlock& block) override;
  Status end_input(const std::string& input, bool whole) override;
  void end_inputs() override;
  void collect();
  [[nodiscard]] std::vector<std::string> warnings() const;
  [[nodiscard]] LogInfo info() const;

  const bool timing_;
  const bool aggregates_;
  const TranslatorOptions options_;
  TextKind kind_ = TextKind::other;  // of the inputs so far
  std::unique_ptr<LineTranslator> translator_;
  SnapshotBuilder sums_;          // when it aggregates
  std::optional<PerfData> perf_;  // that makes the text
  bool over_ = false;
  TextInputs inputs_;
};

}  // namespace latimer::perftrace
