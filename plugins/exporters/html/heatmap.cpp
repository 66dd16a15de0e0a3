// Calls by when they began and how long they took.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "plugins/exporters/html/markup.h"
#include "plugins/exporters/html/sections.h"
#include "plugins/exporters/html/time_chart.h"
#include "plugins/exporters/human.h"

namespace latimer {
namespace {

constexpr std::size_t kShades = 6;
constexpr int kRowHeight = 14;

// The least count of each shade: powers of one ratio, because counts differ by orders of magnitude.
using Shades = std::array<std::uint64_t, kShades>;

Shades shades_up_to(std::uint64_t most) {
  Shades least{};
  for (std::size_t i = 0; i < kShades; ++i) {
    const double edge = std::pow(static_cast<double>(most), static_cast<double>(i) / kShades);
    // Each shade has a count of its own while there are enough counts.
    least[i] = std::max<std::uint64_t>(static_cast<std::uint64_t>(std::llround(edge)),
                                       i == 0 ? 1 : least[i - 1] + 1);
  }
  return least;
}

std::size_t shade_of(std::uint64_t count, const Shades& least) {
  std::size_t shade = 0;
  while (shade + 1 < kShades && count >= least[shade + 1]) ++shade;
  return shade;
}

struct Heat {
  std::size_t first = kHeatRows, last = 0;  // rows that hold something
  std::uint64_t most = 0, calls = 0;
  std::array<std::uint64_t, kHeatRows> by_row{};
};

Heat measure(const Timeline& timeline) {
  Heat heat;
  for (const TimeSlice& slice : timeline.slices) {
    for (std::size_t row = 0; row < kHeatRows; ++row) {
      const std::uint64_t count = slice.latency[row];
      if (count == 0) continue;
      heat.first = std::min(heat.first, row);
      heat.last = std::max(heat.last, row);
      heat.most = std::max(heat.most, count);
      heat.calls += count;
      heat.by_row[row] += count;
    }
  }
  return heat;
}

std::uint64_t lower_edge(std::size_t row) { return row == 0 ? 0 : 256ULL << (row - 1); }

std::string band(std::size_t row) {
  if (row == 0) return "under 256ns";
  if (row + 1 == kHeatRows) return "over " + human_edge(lower_edge(row));
  return human_edge(lower_edge(row)) + " to " + human_edge(lower_edge(row + 1));
}

// One path for each shade; neighbours of one shade are one rectangle. The slowest row is on top.
std::string cells(const Timeline& timeline, const Heat& heat, const Shades& least) {
  std::array<std::string, kShades> paths;
  const std::size_t slices = timeline.slices.size();
  for (std::size_t row = heat.first; row <= heat.last; ++row) {
    for (std::size_t i = 0; i < slices;) {
      const std::uint64_t count = timeline.slices[i].latency[row];
      std::size_t end = i + 1;
      if (count > 0) {
        const std::size_t shade = shade_of(count, least);
        const auto same = [&](std::size_t at) {
          const std::uint64_t other = timeline.slices[at].latency[row];
          return other > 0 && shade_of(other, least) == shade;
        };
        while (end < slices && same(end)) ++end;
        paths[shade] += box(i, heat.last - row, end - i, 1);
      }
      i = end;
    }
  }
  std::string out;
  for (std::size_t shade = 0; shade < kShades; ++shade) {
    if (!paths[shade].empty()) out += fmt::format("<path class=\"h{}\" d=\"{}\"/>", shade, paths[shade]);
  }
  return out;
}

std::string legend(const Shades& least, std::uint64_t most) {
  std::string out = "<ul class=\"legend\" aria-label=\"Calls in one cell\">\n";
  for (std::size_t shade = 0; shade < kShades && least[shade] <= most; ++shade) {
    const std::uint64_t upper = shade + 1 < kShades ? std::min(least[shade + 1] - 1, most) : most;
    std::string text = human_count(least[shade]);
    if (upper > least[shade]) text += " to " + human_count(upper);
    out += fmt::format(
        "<li><svg width=\"16\" height=\"16\" aria-hidden=\"true\"><rect class=\"h{}\" width=\"16\" "
        "height=\"16\"/></svg>{}</li>\n",
        shade, text + (shade == 0 ? (upper == 1 ? " call" : " calls") : ""));
  }
  return out + "</ul>\n";
}

}  // namespace

Part latency_over_time_part(const Report& report) {
  const std::string id = "latency-over-time", title = "Latency over time";
  if (!report.analysis || !report.analysis->timeline)
    return {id, title, paragraph("Not known: there are no times of single calls.")};
  const Timeline& timeline = *report.analysis->timeline;
  const Heat heat = measure(timeline);
  if (heat.calls == 0) return {id, title, paragraph("Not known: no call has a duration.")};
  const auto fullest = static_cast<std::size_t>(std::max_element(heat.by_row.begin(), heat.by_row.end()) -
                                                heat.by_row.begin());
  const Shades least = shades_up_to(heat.most);
  TimeChart chart;
  chart.slices = timeline.slices.size();
  chart.rows = heat.last - heat.first + 1;
  chart.height = static_cast<int>(chart.rows) * kRowHeight;
  chart.span_ns = timeline.slice_ns * timeline.slices.size();
  chart.description = fmt::format("Heatmap of {} by start and duration; most took {}; the slowest took {}",
                                  counted(heat.calls, "call", "calls"), band(fullest), band(heat.last));
  // The edge above each row, every second one where there are many.
  const std::size_t every = chart.rows > 6 ? 2 : 1;
  for (std::size_t row = heat.first; row <= heat.last; row += every) {
    const double place = static_cast<double>(heat.last - row + 1) / static_cast<double>(chart.rows);
    chart.labels.push_back({place, human_edge(lower_edge(row))});
  }
  chart.plot = cells(timeline, heat, least);
  const std::string caption = fmt::format(
      "<figcaption>Across: time from the start, in slices of {}; a call is where it began. Up: duration, "
      "doubling from "
      "row to row. The darker (on dark screens: the brighter), the more calls.</figcaption>\n",
      human_duration(timeline.slice_ns));
  return {id, title, "<figure>\n" + chart.render() + legend(least, heat.most) + caption + "</figure>\n"};
}

}  // namespace latimer
