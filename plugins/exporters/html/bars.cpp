#include "plugins/exporters/html/bars.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "plugins/exporters/html/markup.h"
#include "plugins/exporters/human.h"
#include "plugins/exporters/markup_escape.h"

namespace latimer {
namespace {

constexpr int kBarWidth = 80;  // of a share of 1
constexpr int kBarHeight = 14;
constexpr int kStep = 8;  // from one bar of a distribution to the next
constexpr int kSparkHeight = 24;

std::string range_of(const HistogramBucket& bar) {
  if (!bar.hi_ns) return "over " + human_edge(bar.lo_ns);
  if (bar.lo_ns == 0) return "under " + human_edge(*bar.hi_ns);
  return human_edge(bar.lo_ns) + " to " + human_edge(*bar.hi_ns);
}

// What the drawing says, for those who cannot see it.
std::string description(const SyscallRow& row, std::uint64_t fullest, std::uint64_t all) {
  for (const HistogramBucket& bar : row.log2) {
    if (bar.count == fullest)
      return fmt::format("Most often {} ({})", range_of(bar),
                         human_percent(static_cast<double>(fullest) / static_cast<double>(all)));
  }
  return "No durations";
}

}  // namespace

std::string share_bar(double share) {
  const double width = share > 0 ? std::max(1.0, std::round(std::min(share, 1.0) * kBarWidth)) : 0;
  return fmt::format(
      "<svg class=\"share\" width=\"{}\" height=\"{}\" role=\"img\" aria-label=\"{}\"><rect width=\"{}\" "
      "height=\"{}\"/></svg>",
      kBarWidth, kBarHeight, markup_escape(human_percent(share)), width, kBarHeight);
}

std::string BarSpan::label() const {
  if (empty) return "";
  const std::string lower = first == 0 ? "0" : human_edge(1ULL << (9 + first));
  return lower + " to " + (last >= 21 ? "over 1s" : human_edge(1ULL << (10 + last)));
}

BarSpan common_span(const std::vector<const SyscallRow*>& rows) {
  BarSpan span;
  for (const SyscallRow* row : rows) {
    for (std::size_t i = 0; i < row->log2.size(); ++i) {
      if (row->log2[i].count == 0) continue;
      span.first = span.empty ? i : std::min(span.first, i);
      span.last = span.empty ? i : std::max(span.last, i);
      span.empty = false;
    }
  }
  return span;
}

std::string distribution_bars(const SyscallRow& row, const BarSpan& span) {
  std::uint64_t fullest = 0, all = 0;
  for (const HistogramBucket& bar : row.log2) {
    fullest = std::max(fullest, bar.count);
    all += bar.count;
  }
  if (span.empty || fullest == 0) return "";
  std::string path;
  for (std::size_t i = span.first; i <= span.last && i < row.log2.size(); ++i) {
    if (row.log2[i].count == 0) continue;
    const double share = static_cast<double>(row.log2[i].count) / static_cast<double>(fullest);
    const int height = std::max(2, static_cast<int>(std::lround(share * kSparkHeight)));
    path +=
        fmt::format("M{} {}v-{}h{}v{}z", (i - span.first) * kStep, kSparkHeight, height, kStep - 1, height);
  }
  return fmt::format(
      "<svg class=\"spark\" width=\"{}\" height=\"{}\" role=\"img\" aria-label=\"{}\"><path d=\"{}\"/></svg>",
      (span.last - span.first + 1) * kStep, kSparkHeight, markup_escape(description(row, fullest, all)),
      path);
}

}  // namespace latimer
