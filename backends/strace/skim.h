// Skimming: the usual line, read in one go.
//
// Nearly all lines of a log are calls in strace's usual form, and of those only a few things matter to
// statistics: who, what, when, how long, which error. skim() reads just these, and leaves every line that
// has anything else in it to parse_line(). What it does read, parse_line() reads the same (tested, fuzzed).
#pragma once

#include <cstdint>
#include <string_view>

#include "backends/strace/line.h"

namespace latimer::strace {

struct Skimmed {
  bool usual = false;                  // the line was skimmed; else all else is meaningless
  RecordKind kind = RecordKind::call;  // or entered ("<unfinished ...>"), or resumed
  std::int32_t tid = 0;
  std::int32_t error = 0;        // positive errno; 0: none
  std::int64_t time_ns = 0;      // by its column; 0 if there is none
  std::int64_t duration_ns = 0;  // call, resumed
  std::string_view name;
};

// Whether lines of such columns can be skimmed: -r, -n and -i are left to parse_line().
[[nodiscard]] bool can_skim(const Layout& layout);

// `line`: without its newline. Pure.
void skim(std::string_view line, const Layout& layout, Skimmed& skimmed);

}  // namespace latimer::strace
