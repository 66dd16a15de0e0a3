// LogBlock: some lines of one log, and what they say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "backends/strace/line.h"
#include "backends/strace/skim.h"
#include "core/sys/line_buffer.h"

namespace latimer::strace {

// In bytes; of a longer line only the beginning is kept, and it is no record.
constexpr std::size_t kLongestLine = std::size_t{16} << 20;
constexpr std::size_t kKeptOfOverlong = 1024;

struct LogBlock {
  std::size_t log = 0;  // its number
  bool begins = false;  // the log begins with this block
  bool ends = false;    // and ends with it
  Layout columns;
  std::string buffer;  // its first `size` bytes are what `lines` point into
  std::size_t size = 0;
  std::uint64_t offset = 0;  // of the buffer in its log
  bool overlong = false;     // the buffer is the beginning of one line that is too long
  std::vector<Line> lines;
  // One for each line; what is behind them is left from earlier blocks. Lines that were skimmed are not
  // parsed.
  std::vector<Skimmed> skimmed;
  std::vector<Parsed> parsed;

  // Fills lines, skimmed and parsed. `skims`: usual lines may be skimmed. Pure: any thread may do it.
  void parse(bool skims);

 private:
  void grow();
};

}  // namespace latimer::strace
