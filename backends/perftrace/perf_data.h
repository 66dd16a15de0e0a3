// PerfData: what `perf record` wrote, as the text that `perf script` makes of it.
#pragma once

#include <string>

#include "core/model/result.h"
#include "core/sys/child_process.h"
#include "core/sys/input_stream.h"
#include "core/sys/unique_fd.h"

namespace latimer::perftrace {

// Whether a file is one: by its first bytes. False for what cannot be read.
[[nodiscard]] bool is_perf_data(const std::string& path);

// A perf script that runs. Ends with this object.
class PerfData {
 public:
  // not_found: there is no perf.
  static Result<PerfData> open(const std::string& path);
  PerfData(PerfData&&) noexcept = default;
  PerfData& operator=(PerfData&&) noexcept = delete;
  ~PerfData();

  // Its text. Once.
  [[nodiscard]] InputStream take_text() { return std::move(text_); }
  // To be called behind the end of the text: perf's complaint, if it did not end well.
  Status finish();

 private:
  PerfData(std::string path, ChildProcess perf, InputStream text, UniqueFd messages)
      : path_(std::move(path)),
        perf_(std::move(perf)),
        text_(std::move(text)),
        messages_(std::move(messages)) {}

  std::string path_;
  ChildProcess perf_;
  InputStream text_;
  UniqueFd messages_;  // its standard error: a file in memory
};

}  // namespace latimer::perftrace
