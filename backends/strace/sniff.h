// Sniffing: which columns a log has, told by its beginning.
//
// Every combination of columns is tried on the same lines, and the one that reads most of them is taken; of
// two that read the same lines, the one with fewer columns. A number could be several things, so it must be
// plausible as what it is taken for:
//
//   a thread id is at most 2^22 (Linux include/linux/threads.h, PID_MAX_LIMIT);
//   a time since 1970 is later than that many seconds (18 February 1970);
//   a time since the line before is printed in at least six places (strace, "%6d"), less than 10^5 s long.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/strace/leader.h"
#include "core/model/result.h"

namespace latimer::strace {

// What is known of the columns beforehand. nullopt: anything.
struct LayoutHints {
  std::optional<bool> pid;  // whether there may be one (either form)
  std::optional<TimeColumn> time;
  std::optional<bool> relative;
  std::optional<bool> number;
  std::optional<bool> address;
};

// The flags that strace was given, as on its command line: "-f -tt", "-fttT", "--syscall-number". What is not
// among them was not given. Flags that change no column are passed over, long ones unchecked; a letter that
// is no flag of strace's, or a word that is none's value, is an error that names it.
[[nodiscard]] Result<LayoutHints> hints_of_flags(std::string_view flags);

struct Sniffed {
  Layout layout;
  std::uint64_t lines = 0;     // that should be records
  std::uint64_t fitting = 0;   // of them, those that `layout` reads
  std::uint64_t begun = 0;     // and others that begin as calls do
  bool durations = false;      // -T: some call has one
  std::vector<Layout> rivals;  // others that read as many lines, with as many columns, but differently
};

// Whether the times of strace's table (-c) are wall time: -w.
[[nodiscard]] bool asks_wall_times(std::string_view flags);

// Whether any whole line could be a record; messages, tables and blank lines could not.
[[nodiscard]] bool has_lines(std::string_view beginning);

// Of the lines that should be records: how many there are, and how many `layout` reads.
[[nodiscard]] Sniffed try_columns(std::string_view beginning, const Layout& layout);

// `beginning`: whole lines, the last one may be cut. Reads the first 2,000 at most.
[[nodiscard]] Sniffed sniff(std::string_view beginning, const LayoutHints& hints);

// The flags that make such columns, as in "-f -tt -n"; -t and -tt are told apart by nobody.
[[nodiscard]] std::string flags_of(const Layout& columns);

}  // namespace latimer::strace
