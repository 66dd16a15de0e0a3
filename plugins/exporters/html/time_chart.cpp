#include "plugins/exporters/html/time_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "plugins/exporters/html/markup.h"
#include "plugins/exporters/markup_escape.h"

namespace latimer {
namespace {

constexpr int kAxisHeight = 24;

struct Unit {
  std::uint64_t ns;
  std::string_view name;
};
constexpr std::array<Unit, 6> kUnits = {{{3'600'000'000'000, "h"},
                                         {60'000'000'000, "min"},
                                         {1'000'000'000, "s"},
                                         {1'000'000, "ms"},
                                         {1'000, "us"},
                                         {1, "ns"}}};

// The smallest round step that makes at most four of the span: more labels than five do not fit on a phone.
std::uint64_t tick_step(std::uint64_t span_ns) {
  constexpr std::array<std::uint64_t, 3> kDigits = {1, 2, 5};
  for (std::uint64_t power = 1; power < 1'000'000'000; power *= 10) {
    for (const std::uint64_t digit : kDigits) {
      if (span_ns / (digit * power) <= 4) return digit * power;
    }
  }
  constexpr std::array<std::uint64_t, 19> kSeconds = {
      1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800};
  for (const std::uint64_t seconds : kSeconds) {
    if (span_ns / (seconds * 1'000'000'000) <= 4) return seconds * 1'000'000'000;
  }
  return span_ns / 4;
}

std::string ticks(std::uint64_t span_ns, int plot_height) {
  if (span_ns == 0) return "";
  const std::uint64_t step = tick_step(span_ns);
  std::string out;
  for (std::uint64_t at = 0; at <= span_ns; at += step) {
    const double percent = 100.0 * static_cast<double>(at) / static_cast<double>(span_ns);
    const std::string_view anchor = percent > 94 ? "end" : "middle";
    out += fmt::format(
        "<line class=\"tick\" x1=\"{0:.2f}%\" x2=\"{0:.2f}%\" y1=\"{1}\" y2=\"{2}\"/>"
        "<text x=\"{0:.2f}%\" y=\"{3}\" text-anchor=\"{4}\">{5}</text>\n",
        percent, plot_height, plot_height + 5, plot_height + 18, anchor, tick_label(at));
  }
  return out;
}

std::string plot_svg(std::size_t slices, std::size_t rows, int height, const std::string& plot) {
  return fmt::format(
      "<svg class=\"plot\" width=\"100%\" height=\"{2}\" viewBox=\"0 0 {0} {1}\" "
      "preserveAspectRatio=\"none\">"
      "<rect class=\"ground\" width=\"{0}\" height=\"{1}\"/>{3}</svg>\n",
      slices, rows, height, plot);
}

}  // namespace

std::string tick_label(std::uint64_t ns) {
  if (ns == 0) return "0";
  for (const Unit& unit : kUnits) {
    if (ns >= unit.ns)
      return fmt::format("{:.3g}{}", static_cast<double>(ns) / static_cast<double>(unit.ns), unit.name);
  }
  return "";
}

std::string box(std::size_t x, std::size_t y, std::size_t width, std::size_t height) {
  return fmt::format("M{} {}h{}v{}h-{}z", x, y, width, height, width);
}

std::string TimeChart::render() const {
  std::string out = fmt::format("<svg class=\"chart\" height=\"{}\" role=\"img\" aria-label=\"{}\">\n",
                                height + kAxisHeight, markup_escape(description));
  out += plot_svg(slices, rows, height, plot);
  for (const HeightLabel& label : labels) {
    const double y = label.place * height;
    // The topmost and the lowest one stay inside.
    const double text_y = std::min(std::max(y + 4, 10.0), static_cast<double>(height));
    out += fmt::format(
        "<line class=\"tick\" x1=\"-5\" x2=\"0\" y1=\"{0:.1f}\" y2=\"{0:.1f}\"/>"
        "<text x=\"-8\" y=\"{1:.1f}\" text-anchor=\"end\">{2}</text>\n",
        y, text_y, markup_escape(label.text));
  }
  return out + ticks(span_ns, height) + "</svg>\n";
}

std::string bare_plot(const std::string& description, std::size_t slices, std::size_t rows, int height,
                      const std::string& plot) {
  return fmt::format("<svg height=\"{}\" role=\"img\" aria-label=\"{}\">{}</svg>", height,
                     markup_escape(description), plot_svg(slices, rows, height, plot));
}

std::string time_axis(std::uint64_t span_ns) {
  return fmt::format(
      "<svg class=\"chart\" height=\"{}\" role=\"img\" aria-label=\"Time from the start, 0 to {}\">{}</svg>",
      kAxisHeight, markup_escape(tick_label(span_ns)), ticks(span_ns, 0));
}

}  // namespace latimer
