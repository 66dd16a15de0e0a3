#include "plugins/exporters/text/distribution.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cmath>

#include "plugins/exporters/human.h"

namespace latimer {
namespace {

constexpr std::array<std::string_view, 8> kBlocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<std::string_view, 8> kAscii = {".", ".", ":", "-", "=", "+", "*", "#"};
constexpr std::array<std::string_view, 8> kEighths = {"▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};

std::string bar_name(const HistogramBucket& bar) {
  if (!bar.hi_ns) return ">" + human_edge(bar.lo_ns);
  return human_edge(bar.lo_ns) + "-" + human_edge(*bar.hi_ns);
}

std::string bar_of(double share, std::size_t width, bool unicode) {
  const auto eighths = static_cast<std::size_t>(std::lround(share * static_cast<double>(width) * 8));
  const std::size_t shown = std::max<std::size_t>(eighths, 1);
  std::string bar;
  if (!unicode) return std::string(std::max<std::size_t>(1, shown / 8), '#');
  for (std::size_t i = 0; i < shown / 8; ++i) bar += kEighths.back();
  if (shown % 8 != 0) bar += kEighths[shown % 8 - 1];
  return bar;
}

struct Span {
  std::size_t first = 0, last = 0;
  bool empty = true;
};

Span used_span(const std::vector<HistogramBucket>& bars) {
  Span span;
  for (std::size_t i = 0; i < bars.size(); ++i) {
    if (bars[i].count == 0) continue;
    if (span.empty) span.first = i;
    span.last = i;
    span.empty = false;
  }
  return span;
}

}  // namespace

std::string Axis::label() const {
  if (empty) return "";
  const auto lower = first == 0 ? std::string("0") : human_edge(1ULL << (9 + first));
  const auto upper = last >= 21 ? std::string(">1s") : human_edge(1ULL << (10 + last));
  return lower + ".." + upper;
}

Axis common_axis(const std::vector<const SyscallRow*>& rows, std::size_t max_cells) {
  Axis axis;
  for (const SyscallRow* row : rows) {
    const Span span = used_span(row->log2);
    if (span.empty) continue;
    axis.first = axis.empty ? span.first : std::min(axis.first, span.first);
    axis.last = axis.empty ? span.last : std::max(axis.last, span.last);
    axis.empty = false;
  }
  while (!axis.empty && axis.cells() > std::max<std::size_t>(max_cells, 1)) ++axis.per_cell;
  return axis;
}

std::string sparkline(const SyscallRow& row, const Axis& axis, bool unicode) {
  std::vector<std::uint64_t> cells(axis.cells(), 0);
  for (std::size_t i = axis.first; i <= axis.last && i < row.log2.size(); ++i) {
    if (!cells.empty()) cells[(i - axis.first) / axis.per_cell] += row.log2[i].count;
  }
  const std::uint64_t top = cells.empty() ? 0 : *std::max_element(cells.begin(), cells.end());
  std::string line;
  for (const std::uint64_t count : cells) {
    if (count == 0) {
      line += ' ';
      continue;
    }
    const auto level =
        static_cast<std::size_t>(static_cast<double>(count) / static_cast<double>(top) * 7.999);
    line += unicode ? kBlocks[level] : kAscii[level];
  }
  return line;
}

std::string full_bars(const SyscallRow& row, std::size_t width, bool unicode, const Style& style) {
  const Span span = used_span(row.log2);
  if (span.empty) return "";
  std::uint64_t top = 0, total = 0;
  std::size_t count_width = 0;
  for (const HistogramBucket& bar : row.log2) {
    top = std::max(top, bar.count);
    total += bar.count;
    count_width = std::max(count_width, human_count(bar.count).size());
  }
  constexpr std::size_t kNameWidth = 12, kShareWidth = 8;
  const std::size_t fixed = 2 + kNameWidth + 2 + count_width + 1 + kShareWidth + 2;
  const std::size_t bar_width = width > fixed + 10 ? std::min<std::size_t>(width - fixed, 60) : 10;
  std::string out;
  for (std::size_t i = span.first; i <= span.last; ++i) {
    const HistogramBucket& bar = row.log2[i];
    const std::string share =
        bar.count == 0 ? "" : human_percent(static_cast<double>(bar.count) / static_cast<double>(total));
    out += fmt::format("  {:>{}}  {:>{}} {:>{}}", bar_name(bar), kNameWidth, human_count(bar.count),
                       count_width, share, kShareWidth);
    if (bar.count > 0) {
      out += "  " + style.chart(bar_of(static_cast<double>(bar.count) / static_cast<double>(top), bar_width,
                                       unicode));
    }
    while (out.back() == ' ') out.pop_back();
    out += '\n';
  }
  return out;
}

}  // namespace latimer
