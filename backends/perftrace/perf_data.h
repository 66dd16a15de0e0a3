// PerfData: what `perf record` wrote, as the text that `perf script` makes of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "backends/perftrace/messages.h"
#include "core/model/result.h"
#include "core/sys/child_process.h"
#include "core/sys/input_stream.h"

namespace latimer::perftrace {

// Whether a file is one: by its first bytes. False for what cannot be read.
[[nodiscard]] bool is_perf_data(const std::string& path);

// A perf script that runs. Ends with this object.
class PerfData {
 public:
  // not_found: there is no perf.
  static Result<PerfData> open(const std::string& path);
  // The same of an open file.
  static Result<PerfData> of_descriptor(int file);
  PerfData(PerfData&&) noexcept = default;
  PerfData& operator=(PerfData&&) noexcept = delete;
  ~PerfData();

  // Its text. Once.
  [[nodiscard]] InputStream take_text() { return std::move(text_); }
  // To be called behind the end of the text: perf's complaint, if it did not end well.
  Status finish();
  // Records that were lost, all in all, also those of which the text does not tell; nullopt: not known. Reads
  // the whole file (recorded_loss.h).
  [[nodiscard]] std::optional<std::uint64_t> lost() const;

 private:
  // `file`: a descriptor that perf needs to open `path`; -1: none.
  static Result<PerfData> open(const std::string& path, const std::string& name, int file);
  PerfData(std::string path, std::string name, ChildProcess perf, InputStream text, Messages messages)
      : path_(std::move(path)),
        name_(std::move(name)),
        perf_(std::move(perf)),
        text_(std::move(text)),
        messages_(std::move(messages)) {}

  std::string path_;
  std::string name_;  // as in messages
  ChildProcess perf_;
  InputStream text_;
  Messages messages_;
};

}  // namespace latimer::perftrace
