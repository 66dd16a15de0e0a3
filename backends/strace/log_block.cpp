#include "backends/strace/log_block.h"

#include <algorithm>
#include <cstring>

namespace latimer::strace {

void LogBlock::parse(bool skims) {
  skims = skims && can_skim(columns);
  const std::string_view text = std::string_view(buffer).substr(0, size);
  if (overlong) {
    lines.assign(1, {text, offset, true, true});
    parsed.assign(1, Rejected{"too long", 0});
    skimmed.assign(1, {});
    return;
  }
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto* newline = static_cast<const char*>(std::memchr(text.data() + at, '\n', text.size() - at));
    const std::size_t end =
        newline != nullptr ? static_cast<std::size_t>(newline - text.data()) : text.size();
    if (lines.size() == count) grow();
    Line& line = lines[count];
    Skimmed& read = skimmed[count];
    line = {text.substr(at, end - at), offset + at, false, newline != nullptr};
    read.usual = false;
    if (end - at > kLongestLine) {
      line = {text.substr(at, kKeptOfOverlong), offset + at, true, true};
      parsed[count] = Rejected{"too long", 0};
    } else {
      if (skims && newline != nullptr) skim(line.text, columns, read);
      if (!read.usual) parse_line(line.text, columns, parsed[count]);
    }
    ++count;
    at = end + 1;
  }
  lines.resize(count);
}

void LogBlock::grow() {
  constexpr std::size_t kMore = 256;
  lines.resize(lines.size() + kMore);
  if (skimmed.size() < lines.size()) skimmed.resize(lines.size());
  if (parsed.size() < lines.size()) parsed.resize(lines.size());
}

}  // namespace latimer::strace
