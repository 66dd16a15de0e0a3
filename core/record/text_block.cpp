#include "core/record/text_block.h"

#include "core/record/newlines.h"

namespace latimer {

static_assert(TextBlock::kPadding >= kNewlinesPadding);

// The last line may have no newline.
void TextBlock::find_lines() {
  lines_ = overlong ? 0 : find_newlines(buffer.data(), size, ends_);
  if (size == 0 || (!overlong && buffer[size - 1] == '\n')) return;
  if (ends_.size() == lines_) ends_.emplace_back();
  ends_[lines_++] = static_cast<std::uint32_t>(size);
}

Line TextBlock::line(std::size_t number) const {
  const std::string_view bytes = text(number);
  const std::uint64_t at = offset + static_cast<std::uint64_t>(bytes.data() - buffer.data());
  if (overlong || bytes.size() > kLongestLine) return {bytes.substr(0, kKeptOfOverlong), at, true, true};
  return {bytes, at, false, terminated(number)};
}

}  // namespace latimer
