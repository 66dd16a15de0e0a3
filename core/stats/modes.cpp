#include "core/stats/modes.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

namespace latimer {
namespace {

// What the rule demands of two modes; docs/bimodality.md says why.
constexpr double kBinsPerOctave = 8;
constexpr std::size_t kWindows[] = {16, 8, 4, 2};  // bins: 2, 1, 1/2 and 1/4 octave
constexpr double kDeepestValley = 0.5;  // of the lower peak: a shallower valley is of no practical interest
constexpr double kLeastShare = 0.04;    // of the calls in a mode; a true 5 % is to pass
constexpr double kLeastFactor = 1.5;    // between medians; a true 2 is to pass

// The axis: log2(duration + a quarter of the step), in bins, from 0. On a plain log2 a duration printed as 0
// would have no place, or one of infinite width. A quarter, because with a whole step those who thin out
// slowly towards 0 (gamma of shape 0.5) would crowd in the first cell and look like a mode.
class Axis {
 public:
  explicit Axis(std::uint64_t step_ns)
      : step_(static_cast<double>(std::max<std::uint64_t>(step_ns, 1))), start_(step_ / 4) {}

  [[nodiscard]] double at(double ns) const { return kBinsPerOctave * std::log2(1 + ns / start_); }
  [[nodiscard]] double ns_at(double bins) const { return start_ * (std::exp2(bins / kBinsPerOctave) - 1); }
  [[nodiscard]] double next_printed(double ns) const { return std::ceil(ns / step_) * step_; }

 private:
  double step_;   // ns
  double start_;  // ns
};

// Where on the axis the calls of one bucket may lie.
struct Cell {
  std::size_t bucket = 0;
  double count = 0;
  double lo = 0;
  double hi = 0;

  [[nodiscard]] double middle() const { return (lo + hi) / 2; }
};

// A peak or a valley of the windowed counts.
struct Turn {
  double count = 0;  // in the window
  double at = 0;     // middle of the window (of all of them, when equal ones follow each other), in bins
};

struct Landscape {
  std::vector<Turn> peaks;
  std::vector<Turn> valleys;  // valleys[i] lies between peaks[i] and peaks[i + 1]
};

// A bucket holds the printed values in [lo, hi), and a printed v stands for [v, v + step): so the cells of
// neighbouring buckets join without gap or overlap, whatever the step, and no comb arises.
std::vector<Cell> cells_of(const Histogram& histogram, const Axis& axis) {
  std::vector<Cell> cells;
  const unsigned sub_bits = histogram.sub_bits();
  const auto& buckets = histogram.buckets();
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    if (buckets[i] == 0) continue;
    const auto bucket = static_cast<unsigned>(i);
    const auto lo = static_cast<double>(lat_bucket_lo(bucket, sub_bits));
    auto hi = static_cast<double>(lat_bucket_hi(bucket, sub_bits));
    // The last bucket is open above: its calls lie anywhere up to the maximum.
    if (bucket + 1 == LAT_BUCKETS(sub_bits)) hi = std::max(hi, static_cast<double>(*histogram.max()) + 1);
    double from = axis.next_printed(lo);
    double to = axis.next_printed(hi);
    if (from >= to) {  // not printed in this step after all
      from = lo;
      to = hi;
    }
    cells.push_back({i, static_cast<double>(buckets[i]), axis.at(from), axis.at(to)});
  }
  return cells;
}

// Calls below the edge of each bin, counted from the lowest: sums[i] lies below bin i. Each cell is spread
// evenly over its width ON THE AXIS. So the bins are averages of averages of the true density, and those of a
// density with one mode have one mode; spreading evenly in nanoseconds would give each wide cell a slope and
// thereby a peak of its own.
std::vector<double> running_sums(const std::vector<Cell>& cells) {
  // The last cell need not reach highest: one that holds a printed value ends at the next, and where logs of
  // different steps are added up there are calls between the two.
  double highest = 0;
  for (const Cell& cell : cells) highest = std::max(highest, cell.hi);
  const auto bins = static_cast<std::size_t>(std::ceil(highest)) + 1;
  std::vector<double> counts(bins, 0.0);
  for (const Cell& cell : cells) {
    const double per_bin = cell.count / (cell.hi - cell.lo);
    for (auto bin = static_cast<std::size_t>(cell.lo); static_cast<double>(bin) < cell.hi; ++bin) {
      const double from = std::max(cell.lo, static_cast<double>(bin));
      const double to = std::min(cell.hi, static_cast<double>(bin + 1));
      counts[bin] += (to - from) * per_bin;
    }
  }
  std::vector<double> sums(bins + 1, 0.0);
  for (std::size_t i = 0; i < bins; ++i) sums[i + 1] = sums[i] + counts[i];
  return sums;
}

// Peaks and valleys of the count in a window of `width` bins that slides from wholly below to wholly above
// the data.
Landscape landscape_of(const std::vector<double>& sums, std::size_t width) {
  Landscape land;
  const std::size_t last = sums.size() - 1;
  bool rising = true;
  double level = 0;
  std::size_t level_since = 0;
  // The window ends below bin `end`, so it begins at end - width, which may lie below 0.
  for (std::size_t end = 1; end <= last + width; ++end) {
    const double count = sums[std::min(end, last)] - (end > width ? sums[end - width] : 0.0);
    if (count == level) continue;
    const bool turns = rising != (count > level);
    if (turns) {
      const double middle = static_cast<double>(level_since + end - 1) / 2 - static_cast<double>(width) / 2;
      (rising ? land.peaks : land.valleys).push_back({level, middle});
      rising = !rising;
    }
    level = count;
    level_since = end;
  }
  return land;
}

// How surely the valley's density is below the peak's, in standard deviations: windows of equal width, counts
// taken as Poisson.
double z_of(double peak, double valley) { return (peak - valley) / std::sqrt(peak + valley); }

// What z must reach among `calls`. One comparison goes wrong with a chance of about exp(-z^2 / 2). n calls
// fill at most n windows, which make n^2 / 2 pairs of a peak and a valley: so that chance may be 2 / n^2 at
// most.
double least_z(double calls) { return std::sqrt(std::max(1.0, 4 * std::log(calls) - 2 * std::log(2.0))); }

double lower_peak(const Landscape& land, std::size_t valley) {
  return std::min(land.peaks[valley].count, land.peaks[valley + 1].count);
}

// Takes a valley out, and with it the lower of its peaks.
void flatten(Landscape& land, std::size_t valley) {
  const bool left = land.peaks[valley].count < land.peaks[valley + 1].count;
  land.peaks.erase(land.peaks.begin() + static_cast<std::ptrdiff_t>(left ? valley : valley + 1));
  land.valleys.erase(land.valleys.begin() + static_cast<std::ptrdiff_t>(valley));
}

// Persistence: the least significant valley goes first, until each that is left is significant and deep. z
// grows with the peak and falls with the valley, so the peak that goes is joined over the higher of its two
// valleys.
void keep_what_persists(Landscape& land, double calls) {
  const double significant = least_z(calls);
  while (!land.valleys.empty()) {
    std::size_t worst = land.valleys.size();
    double worst_z = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < land.valleys.size(); ++i) {
      const double peak = lower_peak(land, i);
      const double valley = land.valleys[i].count;
      const double z = z_of(peak, valley);
      const bool stays = z >= significant && valley <= kDeepestValley * peak;
      if (stays || z >= worst_z) continue;
      worst = i;
      worst_z = z;
    }
    if (worst == land.valleys.size()) return;
    flatten(land, worst);
  }
}

// The modes between the valleys, lowest first, one more than valleys.
class Partition {
 public:
  Partition(const Histogram& histogram, const Axis& axis, const std::vector<Cell>& cells)
      : histogram_(histogram), axis_(axis), cells_(cells) {}

  [[nodiscard]] std::vector<Mode> modes(const std::vector<Turn>& valleys) const {
    std::vector<Mode> modes;
    std::size_t first = 0;
    std::uint64_t lo_ns = *histogram_.min();
    for (const Turn& valley : valleys) {
      const auto above = std::partition_point(cells_.begin(), cells_.end(),
                                              [&](const Cell& cell) { return cell.middle() < valley.at; });
      const auto last = static_cast<std::size_t>(above - cells_.begin());
      const std::uint64_t hi_ns = edge_at(last, valley.at);
      modes.push_back(mode(first, last, lo_ns, hi_ns));
      first = last;
      lo_ns = hi_ns;
    }
    const std::uint64_t max = *histogram_.max();
    const bool top = max == std::numeric_limits<std::uint64_t>::max();
    modes.push_back(mode(first, cells_.size(), lo_ns, top ? max : max + 1));
    return modes;
  }

 private:
  // A duration between cells `above - 1` and `above`, at the valley if there is room.
  [[nodiscard]] std::uint64_t edge_at(std::size_t above, double valley) const {
    const unsigned sub_bits = histogram_.sub_bits();
    const auto bucket = [&](std::size_t cell) { return static_cast<unsigned>(cells_[cell].bucket); };
    const std::uint64_t lo = above == 0 ? 0 : lat_bucket_hi(bucket(above - 1), sub_bits);
    const std::uint64_t hi = above == cells_.size() ? lo : lat_bucket_lo(bucket(above), sub_bits);
    return std::clamp(static_cast<std::uint64_t>(axis_.ns_at(valley)), lo, std::max(lo, hi));
  }

  [[nodiscard]] Mode mode(std::size_t first, std::size_t last, std::uint64_t lo_ns,
                          std::uint64_t hi_ns) const {
    Mode mode{0, lo_ns, hi_ns, lo_ns};
    if (first == last) return mode;
    const auto buckets = histogram_.buckets().begin();
    std::vector<std::uint64_t> own(cells_[last - 1].bucket + 1, 0);
    for (std::size_t i = first; i < last; ++i) {
      own[cells_[i].bucket] = buckets[static_cast<std::ptrdiff_t>(cells_[i].bucket)];
    }
    const auto part = Histogram::from_raw(histogram_.sub_bits(), std::move(own), 0, lo_ns, hi_ns - 1);
    mode.share = static_cast<double>(part.count()) / static_cast<double>(histogram_.count());
    mode.p50_ns = part.quantile(0.5).value_or(lo_ns);
    return mode;
  }

  const Histogram& histogram_;
  const Axis& axis_;
  const std::vector<Cell>& cells_;
};

// The valley over which a mode that is too small or too near is joined with a neighbour; none: all modes may
// stay.
std::optional<std::size_t> valley_to_flatten(const std::vector<Mode>& modes, const Landscape& land,
                                             const Axis& axis) {
  for (std::size_t i = 0; i < modes.size() && modes.size() > 1; ++i) {
    if (modes[i].share >= kLeastShare) continue;
    if (i == 0) return 0;
    if (i + 1 == modes.size()) return i - 1;
    return land.valleys[i - 1].count > land.valleys[i].count ? i - 1 : i;
  }
  const double least = kBinsPerOctave * std::log2(kLeastFactor);
  for (std::size_t i = 0; i + 1 < modes.size(); ++i) {
    if (axis.at(static_cast<double>(modes[i + 1].p50_ns)) - axis.at(static_cast<double>(modes[i].p50_ns)) <
        least) {
      return i;
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<Mode> find_modes(const Histogram& histogram, std::uint64_t resolution_ns) {
  std::vector<Mode> best;
  if (histogram.count() == 0) return best;
  const Axis axis(resolution_ns);
  const std::vector<Cell> cells = cells_of(histogram, axis);
  const std::vector<double> sums = running_sums(cells);
  const Partition partition(histogram, axis, cells);
  // Wide windows see modes of few calls, narrow ones see modes near each other: the window that tells most
  // apart counts, of equal ones the widest.
  for (const std::size_t window : kWindows) {
    Landscape land = landscape_of(sums, window);
    keep_what_persists(land, sums.back());
    if (land.valleys.size() < std::max<std::size_t>(best.size(), 1)) continue;
    std::vector<Mode> modes = partition.modes(land.valleys);
    while (const auto valley = valley_to_flatten(modes, land, axis)) {
      flatten(land, *valley);
      modes = partition.modes(land.valleys);
    }
    if (modes.size() > std::max<std::size_t>(best.size(), 1)) best = std::move(modes);
  }
  return best;
}

}  // namespace latimer
