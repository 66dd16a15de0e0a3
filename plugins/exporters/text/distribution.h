// Latency distributions as characters.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/model/report.h"
#include "plugins/exporters/text/style.h"

namespace latimer {

// The part of the log2 view that the rows of one table have in common, so that one column of characters means
// the same in each row.
struct Axis {
  std::size_t first = 0;  // bars of SyscallRow::log2, inclusive
  std::size_t last = 0;
  std::size_t per_cell = 1;  // neighbouring bars put into one character
  bool empty = true;

  [[nodiscard]] std::size_t cells() const { return empty ? 0 : (last - first) / per_cell + 1; }
  [[nodiscard]] std::string label() const;  // "<1us..8ms"
};

[[nodiscard]] Axis common_axis(const std::vector<const SyscallRow*>& rows, std::size_t max_cells);

// One character per cell, its height the share of the row's fullest cell; what holds anything at all is never
// blank.
[[nodiscard]] std::string sparkline(const SyscallRow& row, const Axis& axis, bool unicode);

// All bars from the first to the last that holds something, one line each: "   4us-8us   1,234  12.3% #####".
[[nodiscard]] std::string full_bars(const SyscallRow& row, std::size_t width, bool unicode,
                                    const Style& style);

}  // namespace latimer
