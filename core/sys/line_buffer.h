// LineBuffer: bytes in any split in, lines out. The lines do not depend on where the input was split.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace latimer {

struct Line {
  std::string_view text;     // without its newline; valid during the callback
  std::uint64_t offset = 0;  // of its first byte in the whole input
  bool overlong = false;     // longer than the limit: text is its beginning, the rest was thrown away
  bool terminated = true;    // false: the input ended in it
};

// Memory: at most the limit. A line that lies in one block is not copied.
class LineBuffer {
 public:
  explicit LineBuffer(std::size_t limit = std::size_t{1} << 20) : limit_(limit) {}

  // Calls on_line(const Line&) for each line that `bytes` completes.
  template <typename OnLine>
  void feed(std::string_view bytes, OnLine&& on_line) {
    while (!bytes.empty()) {
      const auto* newline = static_cast<const char*>(std::memchr(bytes.data(), '\n', bytes.size()));
      if (newline == nullptr) {
        keep(bytes);
        return;
      }
      const auto length = static_cast<std::size_t>(newline - bytes.data());
      emit(bytes.substr(0, length), true, on_line);
      ++offset_;
      bytes.remove_prefix(length + 1);
    }
  }

  // The input has ended: what is left is a line without end. Afterwards the buffer is empty.
  template <typename OnLine>
  void finish(OnLine&& on_line) {
    if (seen_ > 0) emit({}, false, on_line);
  }

  [[nodiscard]] bool empty() const { return seen_ == 0; }

  // The beginning of the line that has no end yet.
  [[nodiscard]] std::string_view open_line() const { return held_; }

 private:
  void keep(std::string_view piece) {
    seen_ += piece.size();
    if (held_.size() < limit_) held_.append(piece.substr(0, limit_ - held_.size()));
  }

  template <typename OnLine>
  void emit(std::string_view last_piece, bool terminated, OnLine&& on_line) {
    const std::uint64_t length = seen_ + last_piece.size();
    Line line{last_piece.substr(0, limit_), offset_, length > limit_, terminated};
    if (seen_ > 0) {
      keep(last_piece);
      line.text = held_;
    }
    on_line(static_cast<const Line&>(line));
    offset_ += length;
    seen_ = 0;
    held_.clear();
  }

  std::size_t limit_;
  std::string held_;          // beginning of the line that is not complete yet
  std::uint64_t seen_ = 0;    // bytes of that line, thrown away ones included
  std::uint64_t offset_ = 0;  // where that line begins
};

}  // namespace latimer
