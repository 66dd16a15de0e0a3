// Small drawings that stand in table cells.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/model/report.h"

namespace latimer {

// A bar as long as the share, 0 to 1; what is not 0 shows.
[[nodiscard]] std::string share_bar(double share);

// The bars of SyscallRow::log2 that the rows of one table have in common, so that a place means the same
// duration in each of them.
struct BarSpan {
  std::size_t first = 0, last = 0;  // inclusive
  bool empty = true;

  [[nodiscard]] std::string label() const;  // "<1us to 8ms"
};
[[nodiscard]] BarSpan common_span(const std::vector<const SyscallRow*>& rows);

// The row's distribution, the height of a bar its share of the row's fullest one.
[[nodiscard]] std::string distribution_bars(const SyscallRow& row, const BarSpan& span);

}  // namespace latimer
