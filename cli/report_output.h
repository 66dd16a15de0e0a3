// Where reports go: standard output, standard error, or the file of -o. Never waits while a capture runs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/capture_settings.h"
#include "core/engine/exporter.h"
#include "core/model/report.h"
#include "core/sys/output_thread.h"
#include "core/sys/unique_fd.h"

namespace latimer {

class ReportOutput {
 public:
  // Fails early where the file cannot be written to. `grows`: there will be intervals; then a file is written
  // as they come, by whole reports; else it appears complete or not at all.
  static Result<std::unique_ptr<ReportOutput>> open(const CaptureSettings& settings, const Exporter& exporter,
                                                    bool grows, int interrupted);

  // False: the reader stalls; try_interval() would be in vain.
  [[nodiscard]] bool has_room() const { return thread_ == nullptr || thread_->has_room(); }
  // False: the reader stalls, the report was not taken.
  [[nodiscard]] bool try_interval(const Report& report);
  void push_interval(const Report& report);  // cannot be refused
  // Waits until all is written. A closed pipe is no error.
  [[nodiscard]] Status finish(const Report& report);

  // Nobody reads any more, or writing failed: going on makes no sense.
  [[nodiscard]] bool broken() const;

 private:
  explicit ReportOutput(const Exporter& exporter) : exporter_(exporter) {}
  [[nodiscard]] Result<std::string> serialize(const Report& report);
  bool take_interval(const Report& report, bool force);
  [[nodiscard]] Status finish_stream(std::string text);
  void cut_to_whole_reports() const;

  const Exporter& exporter_;
  ExportOptions options_;
  std::string path_;          // -o, a file that appears at the end; empty: a stream
  std::string growing_path_;  // -o with intervals
  UniqueFd file_;
  int fd_ = -1;
  std::vector<std::uint64_t> ends_;  // of a growing file: where each report ends
  std::unique_ptr<OutputThread> thread_;
};

}  // namespace latimer
