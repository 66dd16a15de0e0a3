#include "backends/strace/log_block.h"

#include "backends/strace/newlines.h"

namespace latimer::strace {

static_assert(Skimmer::kPadding >= kNewlinesPadding);

Line LogBlock::line(std::size_t number) const {
  const std::size_t begin = number == 0 ? 0 : ends_[number - 1] + std::size_t{1};
  const std::size_t end = ends_[number];
  const std::string_view text = std::string_view(buffer).substr(begin, end - begin);
  if (overlong || text.size() > kLongestLine)
    return {text.substr(0, kKeptOfOverlong), offset + begin, true, true};
  return {text, offset + begin, false, end < size};
}

void LogBlock::find_lines(bool skims) {
  // No skimmed line may be too long.
  skims_ = skims && Skimmer::can_skim(columns) && !overlong && size <= kLongestLine;
  read_ahead_ = false;
  skimmer_.emplace(columns);
  lines_ = overlong ? 0 : find_newlines(buffer.data(), size, ends_);
  const bool unterminated = size > 0 && (overlong || buffer[size - 1] != '\n');
  if (unterminated) {
    if (ends_.size() == lines_) ends_.emplace_back();
    ends_[lines_++] = static_cast<std::uint32_t>(size);
  }
  if (skimmed_.empty()) {
    skimmed_.resize(1);
    parsed_.resize(1);
  }
}

void LogBlock::parse_line_of(std::size_t number, std::size_t slot) {
  const Line whole = line(number);
  if (whole.overlong) {
    parsed_[slot] = Rejected{"too long", 0};
  } else {
    parse_line(whole.text, columns, parsed_[slot]);
  }
}

void LogBlock::read_ahead() {
  if (skimmed_.size() < lines_) skimmed_.resize(lines_);
  if (parsed_.size() < lines_) parsed_.resize(lines_);
  for (std::size_t i = 0; i < lines_; ++i) read_line(i, i);
  read_ahead_ = true;
}

}  // namespace latimer::strace
