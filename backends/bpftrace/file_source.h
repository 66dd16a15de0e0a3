// FileSource: --input of what bpftrace printed when it ran Latimer's program, as text or as JSON.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/bpftrace/translator.h"
#include "core/engine/capture_request.h"
#include "core/engine/event_source.h"
#include "core/record/text_reader.h"
#include "core/sys/unique_fd.h"

namespace latimer::bpftrace {

// Whether such an output begins like this.
[[nodiscard]] bool is_output(std::string_view beginning);

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
  Status open_next();
  Status identify();
  void close();
  void note_input();
  void feed();
  // Another input, or the end. False: it is over.
  Result<bool> advance();
  // False: nothing has come in time.
  Result<bool> step(std::chrono::steady_clock::time_point deadline);
  [[nodiscard]] LogInfo info() const;

  const std::vector<std::string> inputs_;
  const bool timing_;
  const bool aggregates_;
  Translator translator_;
  SnapshotBuilder sums_;  // when it aggregates
  UniqueFd stop_fd_, always_;
  std::optional<TextReader> text_;
  TextBlock block_;
  std::size_t next_ = 0;     // input to open
  bool identified_ = false;  // the one that is being read
  bool over_ = false;
  bool whole_ = false;
  std::optional<Error> failure_;  // of an input, to be told behind all that could be read
  std::uint64_t text_bytes_ = 0;
  LogInfo info_;  // the inputs so far
  std::uint64_t closed_bytes_ = 0;
  std::optional<std::uint64_t> total_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> done_{0};
};

}  // namespace latimer::bpftrace
