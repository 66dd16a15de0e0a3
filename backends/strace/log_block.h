// LogBlock: some lines of one log, and what they say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backends/strace/line.h"
#include "backends/strace/skim.h"
#include "core/record/text_block.h"

namespace latimer::strace {

struct LogBlock {
  std::size_t log = 0;  // its number
  bool begins = false;  // the log begins with this block
  bool ends = false;    // and ends with it
  Layout columns;
  TextBlock text;

  // Finds the lines. `skims`: usual lines may be skimmed.
  void find_lines(bool skims);
  // Reads them all ahead; any thread may do it.
  void read_ahead();

  // What the line says, one after the other: each is read now, unless all were read ahead. Reading a line
  // where it is used is quicker: what the CPU has learnt of it while reading it still holds.
  const Skimmed& read(std::size_t number) {
    current_ = read_ahead_ ? number : 0;
    if (!read_ahead_) read_line(number, current_);
    return skimmed_[current_];
  }
  // The same of the latest one, when it could not be skimmed.
  [[nodiscard]] Parsed& parsed() { return parsed_[current_]; }

 private:
  void read_line(std::size_t number, std::size_t slot) {
    Skimmed& read = skimmed_[slot];
    read.usual = false;
    if (skims_ && text.terminated(number)) skimmer_->skim(text.text(number), read);
    if (!read.usual) parse_line_of(number, slot);
  }
  void parse_line_of(std::size_t number, std::size_t slot);

  bool skims_ = false;
  bool read_ahead_ = false;
  std::size_t current_ = 0;
  std::optional<Skimmer> skimmer_;
  // What is behind the first ones is left from earlier blocks.
  std::vector<Skimmed> skimmed_;
  std::vector<Parsed> parsed_;
};

}  // namespace latimer::strace
