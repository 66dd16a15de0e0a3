// FileSource: --input of what bpftrace printed when it ran Latimer's program, as text or as JSON.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "backends/bpftrace/translator.h"
#include "core/engine/capture_request.h"
#include "core/engine/event_source.h"
#include "core/record/text_inputs.h"

namespace latimer::bpftrace {

// Whether such an output begins like this.
[[nodiscard]] bool is_output(std::string_view beginning);
// bpftrace's own first line: what follows may be that, and is no log of anybody else's.
[[nodiscard]] bool announces_output(std::string_view beginning);

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
  Result<std::string> begin_input(const std::string& input, std::string_view beginning,
                                  bool readable) override;
  void take_lines(TextBlock& block) override;
  Status end_input(const std::string& input, bool whole) override;
  [[nodiscard]] LogInfo info() const;

  const bool timing_;
  const bool aggregates_;
  Translator translator_;
  SnapshotBuilder sums_;  // when it aggregates
  bool over_ = false;
  TextInputs inputs_;
};

}  // namespace latimer::bpftrace
