#include "core/record/text_reader.h"

#include <poll.h>

#include <cstring>

#include "core/sys/fd_util.h"

namespace latimer {
namespace {

constexpr std::size_t kReadBytes = std::size_t{64} << 10;

}  // namespace

int TextReader::waits_for() const { return stream_.size() || stream_.buffered() ? -1 : stream_.fd(); }

void TextReader::wait(TimePoint deadline) const {
  pollfd items[2] = {{stream_.fd(), POLLIN, 0}, {stop_fd_, POLLIN, 0}};
  ::poll(items, 2, poll_timeout(deadline));
}

bool TextReader::fill(TimePoint deadline) {
  if (waits_for() >= 0) {
    pollfd item{stream_.fd(), POLLIN, 0};
    if (::poll(&item, 1, 0) <= 0) {
      wait(deadline);
      if (::poll(&item, 1, 0) <= 0) return false;
    }
  }
  const std::size_t wanted = used_ + kReadBytes + TextBlock::kPadding;
  if (data_.size() < wanted) data_.resize(wanted + used_);
  const auto read = stream_.read({data_.data() + used_, kReadBytes});
  if (!read) {
    at_end_ = true;
    failure_ = read.error();
    return true;
  }
  used_ += read->bytes;
  at_end_ = read->end;
  text_bytes_ += read->bytes;
  return true;
}

void TextReader::drop(std::size_t bytes) {
  std::memmove(data_.data(), data_.data() + bytes, used_ - bytes);
  used_ -= bytes;
  offset_ += bytes;
  searched_ = 0;
}

void TextReader::give(TextBlock& block, std::size_t size) {
  block.buffer.swap(data_);
  block.size = size;
  block.offset = offset_;
  block.overlong = false;
  used_ -= size;
  searched_ = used_;
  offset_ += size;
  const std::size_t wanted = used_ + TextBlock::kPadding;
  if (data_.size() < wanted) data_.resize(wanted + kReadBytes);
  std::memcpy(data_.data(), block.buffer.data() + size, used_);
}

bool TextReader::cut(TextBlock& block) {
  if (skipping_) return cut_overlong(block);
  const auto* newline =
      static_cast<const char*>(::memrchr(data_.data() + searched_, '\n', used_ - searched_));
  if (newline != nullptr) {
    give(block, static_cast<std::size_t>(newline - data_.data()) + 1);
    return true;
  }
  searched_ = used_;
  if (used_ > kLongestLine) skip_overlong();
  return false;
}

void TextReader::skip_overlong() {
  skipping_ = true;
  overlong_.assign(data_, 0, kKeptOfOverlong);
  overlong_offset_ = offset_;
  offset_ += used_;
  used_ = searched_ = 0;
}

bool TextReader::cut_overlong(TextBlock& block) {
  const auto* newline = static_cast<const char*>(std::memchr(data_.data(), '\n', used_));
  drop(newline != nullptr ? static_cast<std::size_t>(newline - data_.data()) + 1 : used_);
  if (newline == nullptr && !at_end_) return false;
  skipping_ = false;
  block.buffer = overlong_;
  block.buffer.resize(overlong_.size() + TextBlock::kPadding);
  block.size = overlong_.size();
  block.offset = overlong_offset_;
  block.overlong = true;
  return true;
}

void TextReader::take_rest(TextBlock& block) {
  if (skipping_) {
    at_end_ = true;
    (void)cut_overlong(block);
    return;
  }
  const bool ours = !at_end_ && stream_.size();
  give(block, ours ? 0 : used_);
}

}  // namespace latimer
