#include "backends/strace/log_block.h"

namespace latimer::strace {

static_assert(TextBlock::kPadding >= Skimmer::kPadding);

void LogBlock::find_lines(bool skims) {
  // No skimmed line may be too long.
  skims_ = skims && Skimmer::can_skim(columns) && !text.overlong && text.size <= kLongestLine;
  read_ahead_ = false;
  skimmer_.emplace(columns);
  text.find_lines();
  if (skimmed_.empty()) {
    skimmed_.resize(1);
    parsed_.resize(1);
  }
}

void LogBlock::parse_line_of(std::size_t number, std::size_t slot) {
  const Line whole = text.line(number);
  if (whole.overlong) {
    parsed_[slot] = Rejected{"too long", 0};
  } else {
    parse_line(whole.text, columns, parsed_[slot]);
  }
}

void LogBlock::read_ahead() {
  if (skimmed_.size() < text.lines()) skimmed_.resize(text.lines());
  if (parsed_.size() < text.lines()) parsed_.resize(text.lines());
  for (std::size_t i = 0; i < text.lines(); ++i) read_line(i, i);
  read_ahead_ = true;
}

}  // namespace latimer::strace
