// Skimming: the usual line, read in one go.
//
// Nearly all lines of a log are calls in strace's usual form, and of those only a few things matter to
// statistics: who, what, when, how long, which error. A Skimmer reads just these, and leaves every line that
// has anything else in it to parse_line(). What it does read, parse_line() reads the same (tested, fuzzed).
#pragma once

#include <cstdint>
#include <string_view>

#include "backends/strace/line.h"
#include "backends/strace/word_table.h"

namespace latimer::strace {

struct Skimmed {
  bool usual = false;                  // the line was skimmed; else all else is meaningless
  RecordKind kind = RecordKind::call;  // or entered ("<unfinished ...>"), or resumed
  std::int32_t tid = 0;
  std::int32_t number = -1;  // of the call in the native ABI, by its name; -1: that is another one, or long
  std::int32_t error = 0;    // positive errno; 0: none
  std::int64_t time_ns = 0;  // by its column; 0 if there is none
  std::int64_t duration_ns = 0;  // call, resumed
  std::string_view name;
};

// One per thread.
class Skimmer {
 public:
  // Bytes that must be readable behind each line, whatever they are: whoever reads in large pieces need not
  // ask at each where the line ends.
  static constexpr std::size_t kPadding = 64;

  // Whether lines of such columns can be skimmed: -r, -n and -i are left to parse_line().
  [[nodiscard]] static bool can_skim(const Layout& layout);

  explicit Skimmer(const Layout& layout);

  // `line`: without its newline.
  void skim(std::string_view line, Skimmed& skimmed);

 private:
  template <typename Bytes>
  void skim_with(std::string_view line, Skimmed& skimmed);
  void skim_avx2(std::string_view line, Skimmed& skimmed);
  bool skim_epoch(std::string_view line, std::size_t& at, std::int64_t& time_ns);
  bool skim_time(std::string_view line, std::size_t& at, std::int64_t& time_ns);
  template <typename Bytes>
  bool skim_name(std::string_view line, char behind, std::size_t& at, Skimmed& skimmed) const;
  static bool skim_odd_name(std::string_view line, char behind, std::size_t& at, Skimmed& skimmed);
  template <typename Bytes>
  bool skim_rest(std::string_view line, std::size_t at, std::int32_t& error) const;

  Layout layout_;
  const WordTable& calls_;
  const WordTable& errors_;
  // The latest second: its first eight digits as they stand in the text, what follows them, and its time.
  std::uint64_t eight_digits_ = 0;
  std::uint64_t other_digits_ = ~std::uint64_t{0};  // as no text has it
  std::int64_t second_ns_ = 0;
};

}  // namespace latimer::strace
