// ConvertOutput: what `convert` writes: every call of what was recorded, in another format.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "core/engine/event_sink.h"
#include "core/engine/event_source.h"
#include "core/model/report.h"
#include "core/record/chrome_trace.h"
#include "core/sys/output_file.h"
#include "core/sys/unique_fd.h"

namespace latimer {

class ConvertOutput : public EventSink {
 public:
  // `path`: "-" is standard output.
  static Result<std::unique_ptr<ConvertOutput>> open(const std::string& path, const EventSource& source);

  void event(const SyscallEvent& event) override;
  [[nodiscard]] bool wants_end() const override { return failure_.has_value(); }
  // Writes the end, and says what there is.
  [[nodiscard]] Status finish(const Report& report);

 private:
  explicit ConvertOutput(const EventSource& source) : source_(source) {}
  // An event that outlives its batch.
  struct Kept {
    SyscallEvent event;
    std::string path, arguments;
  };
  void begin();
  void write(const SyscallEvent& event);
  void flush();

  const EventSource& source_;
  std::string path_;
  std::optional<OutputFile> file_;  // nullopt: standard output
  std::optional<Error> failure_;
  std::deque<Kept> kept_;  // until it is known where time begins
  std::optional<ChromeTrace> trace_;
  std::string buffer_;
  std::uint64_t slices_ = 0, without_time_ = 0;
};

}  // namespace latimer
