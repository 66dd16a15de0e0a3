// TextReader: what a file, a pipe or standard input holds, as blocks of whole lines. They do not depend on
// how the bytes came.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/model/result.h"
#include "core/record/text_block.h"
#include "core/sys/input_stream.h"

namespace latimer {

// One thread at a time. Memory: about 128 KiB, and the longest line.
class TextReader {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // `stop_fd`: readable when waiting is to end; lives longer.
  TextReader(InputStream stream, int stop_fd) : stream_(std::move(stream)), stop_fd_(stop_fd) {}

  // Some more bytes. Of a pipe waits until the deadline, or stop_fd, at most. False: nothing has come in
  // time. An error is kept for failure(), and what came before it ends there.
  bool fill(TimePoint deadline);

  // Read and not given away yet.
  [[nodiscard]] std::string_view in_hand() const { return std::string_view(data_).substr(0, used_); }
  // Drops the first bytes of that: a byte order mark.
  void drop(std::size_t bytes);

  // The whole lines in hand. False: there are none, and more bytes are needed.
  bool cut(TextBlock& block);
  // The end: what is left, a line without its newline. Where reading was stopped in the middle of a file it
  // was cut by nobody but us, and is left out; of a pipe it is as far as the writer has come.
  void take_rest(TextBlock& block);

  [[nodiscard]] bool at_end() const { return at_end_; }
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }
  [[nodiscard]] const InputStream& stream() const { return stream_; }
  // Unpacked bytes so far.
  [[nodiscard]] std::uint64_t text_bytes() const { return text_bytes_; }
  // Readable when fill() would not wait, as far as is known; -1: it would not.
  [[nodiscard]] int waits_for() const;

 private:
  void wait(TimePoint deadline) const;
  void give(TextBlock& block, std::size_t size);
  bool cut_overlong(TextBlock& block);
  void skip_overlong();

  InputStream stream_;
  int stop_fd_;
  std::optional<Error> failure_;
  bool at_end_ = false;
  bool skipping_ = false;  // the rest of a line that is too long
  std::string data_;       // its first used_ bytes were read and not given away yet
  std::size_t used_ = 0;
  std::size_t searched_ = 0;  // of them, those among which there is no newline
  std::uint64_t offset_ = 0;  // of data_ in the text
  std::uint64_t text_bytes_ = 0;
  std::string overlong_;  // beginning of the line that is skipped
  std::uint64_t overlong_offset_ = 0;
};

}  // namespace latimer
