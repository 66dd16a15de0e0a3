// TraceFile: where a trace is written, while it is being made: a file that grows by whole rows, packed or
// not, or several that follow each other.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/result.h"
#include "core/sys/unique_fd.h"
#include "core/sys/zstd_encoder.h"

namespace latimer {

struct TraceFileOptions {
  std::string path;  // "-": standard output. What ends with .zst is packed
  std::optional<std::uint64_t>
      max_bytes;  // of a file, as it lies on disk; a little more when a row would be cut
  // 0: the trace ends when max_bytes is reached. Else it goes on in files of other names (part_path()), of
  // which so many are kept.
  unsigned keep = 0;
  // While a FIFO has no reader: readable when waiting for one is to end; -1: never.
  int interrupted = -1;
};

// What a file begins and ends with. `part`: 1, 2, ...; `last`: nothing follows.
struct TraceEnds {
  std::function<std::string(unsigned part)> begin;
  std::function<std::string(unsigned part, bool last)> end;
};

// Not thread-safe. After an error everything else fails, and the file ends with its last whole row as far as
// the disk allows.
class TraceFile {
 public:
  static Result<TraceFile> create(const TraceFileOptions& options, TraceEnds ends);

  // `rows`: whole ones. What was written can be read, whatever happens to this process afterwards.
  [[nodiscard]] Status write(std::string_view rows);
  // max_bytes is reached, and there are to be no other files.
  [[nodiscard]] bool full() const { return full_; }
  [[nodiscard]] Status finish();

  [[nodiscard]] std::uint64_t bytes() const { return written_; }  // of the present file, as it lies on disk
  [[nodiscard]] const std::string& first_path() const { return options_.path; }
  [[nodiscard]] const std::vector<std::string>& paths() const {
    return paths_;
  }  // that are there, oldest first

 private:
  TraceFile(const TraceFileOptions& options, TraceEnds ends) : options_(options), ends_(std::move(ends)) {}
  Status open_part();
  Status put(std::string_view text);
  Status close_part(bool last);
  Status next_part();
  void cut_to_whole_rows(std::string_view text, std::size_t put) const;

  TraceFileOptions options_;
  TraceEnds ends_;
  std::optional<ZstdEncoder> encoder_;
  std::string packed_;
  UniqueFd fd_;
  bool regular_ = false;
  bool full_ = false;
  std::optional<Error> failure_;
  unsigned part_ = 0;
  std::uint64_t written_ = 0;
  std::vector<std::string> paths_;
};

// "f.csv.zst" and 2 -> "f.2.csv.zst"; the first part has the name itself.
[[nodiscard]] std::string part_path(const std::string& path, unsigned part);

}  // namespace latimer
