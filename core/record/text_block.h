// TextBlock: some whole lines of a text, and where each of them lies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/sys/line_buffer.h"

namespace latimer {

// In bytes; of a longer line only the beginning is kept.
constexpr std::size_t kLongestLine = std::size_t{16} << 20;
constexpr std::size_t kKeptOfOverlong = 1024;

// Its memory is used again for the next lines.
struct TextBlock {
  // Bytes behind the lines that can be read, whatever they are.
  static constexpr std::size_t kPadding = 64;

  std::string buffer;  // its first `size` bytes are the lines, kPadding more follow
  std::size_t size = 0;
  std::uint64_t offset = 0;  // of the buffer in the text
  bool overlong = false;     // the buffer is the beginning of one line that is too long

  // To be called when the above has changed.
  void find_lines();

  [[nodiscard]] std::size_t lines() const { return lines_; }
  [[nodiscard]] Line line(std::size_t number) const;
  // Of the line, without its newline.
  [[nodiscard]] std::string_view text(std::size_t number) const {
    const std::size_t begin = number == 0 ? 0 : ends_[number - 1] + std::size_t{1};
    return {buffer.data() + begin, ends_[number] - begin};
  }
  [[nodiscard]] bool terminated(std::size_t number) const { return ends_[number] < size; }

 private:
  std::size_t lines_ = 0;
  std::vector<std::uint32_t> ends_;  // what is behind the first ones is left from earlier lines
};

}  // namespace latimer
