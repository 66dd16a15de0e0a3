// What the drawings over time have in common: a plot as wide as the screen allows, axes around it.
//
// The plot's own coordinates are slices across and whatever its author likes down; it is stretched. The
// labels are placed in per cent of the width, so that they stay readable on the narrowest screen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace latimer {

struct HeightLabel {
  double place = 0;  // from the top, 0 to 1
  std::string text;
};

struct TimeChart {
  std::string description;  // text, for those who cannot see it
  std::uint64_t span_ns = 0;
  std::size_t slices = 0;
  std::size_t rows = 0;  // height of the plot's coordinates
  int height = 0;        // of the plot, px
  std::vector<HeightLabel> labels;
  std::string plot;  // SVG

  [[nodiscard]] std::string render() const;
};

// The plot alone, for small ones that stand under each other.
[[nodiscard]] std::string bare_plot(const std::string& description, std::size_t slices, std::size_t rows,
                                    int height, const std::string& plot);
// Only the axis of time, to stand under those.
[[nodiscard]] std::string time_axis(std::uint64_t span_ns);

// A rectangle as a piece of a path.
[[nodiscard]] std::string box(std::size_t x, std::size_t y, std::size_t width, std::size_t height);

// "0", "500ms", "1.5s", "2min": a round time.
[[nodiscard]] std::string tick_label(std::uint64_t ns);

}  // namespace latimer
