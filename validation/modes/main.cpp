// latimer-modes: measures find_modes(). How often does it see modes in samples of distributions that have one
// (table "false"), and how often does it find the two of a mixture (table "found")? The same seeds every
// time. tests/bench/modes reads the tables and judges them.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "core/stats/histogram.h"
#include "core/stats/modes.h"
#include "validation/modes/families.h"

namespace latimer::validation {
namespace {

// How the same durations are seen.
struct View {
  const char* name;
  std::uint64_t step_ns;
  unsigned sub_bits;
};
constexpr View kViews[] = {
    {"1ns", 1, LAT_SUB_BITS_FINE},       // by the kernel
    {"1us", 1000, LAT_SUB_BITS_FINE},    // by strace -T
    {"rough", 1, LAT_SUB_BITS_COARSE}};  // by the kernel, one histogram per process or so
constexpr std::size_t kViewCount = std::size(kViews);
constexpr double kMedians[] = {300, 3e3, 3e4, 3e6};  // ns
constexpr double kFastMedian = 3e3;                  // ns, of a mixture's fast mode

struct Size {
  int calls;
  int false_samples;  // per family, median and view
  int found_samples;  // per mixture and view
};
constexpr Size kSizes[] = {{30, 2000, 1000},  {100, 2000, 1000}, {300, 1000, 1000},
                           {1000, 1000, 500}, {10000, 50, 100},  {100000, 10, 10}};

// One sample, in each view.
std::vector<Histogram> sample(const Draw& draw, double unit_ns, int calls, Random& random) {
  std::vector<Histogram> seen;
  for (const View& view : kViews) seen.emplace_back(view.sub_bits);
  for (int i = 0; i < calls; ++i) {
    const double ns = std::min(unit_ns * draw(random), 1e18);
    for (std::size_t v = 0; v < kViewCount; ++v) {
      seen[v].record(static_cast<std::uint64_t>(ns) / kViews[v].step_ns * kViews[v].step_ns);
    }
  }
  return seen;
}

void print_head(const char* table, const char* extra) {
  std::printf("\n%-7s %-22s %5s%s", table, "distribution", "seen", extra);
  for (const Size& size : kSizes) std::printf(" %8d", size.calls);
  std::printf("\n");
}

void print_samples(int width, int Size::*samples, int factor) {
  std::printf("%-*s", width, "samples");
  for (const Size& size : kSizes) std::printf(" %8d", size.*samples * factor);
  std::printf("\n");
}

// Percent of the samples in which more than one mode was seen, over all medians. `worst`: of one median
// alone.
void measure_false() {
  print_head("false", "");
  print_samples(36, &Size::false_samples, static_cast<int>(std::size(kMedians)));
  std::uint64_t seed = 0;
  double worst = 0;
  for (const Family& family : unimodal_families()) {
    double percent[kViewCount][std::size(kSizes)] = {};
    for (std::size_t s = 0; s < std::size(kSizes); ++s) {
      for (const double median : kMedians) {
        Random random(++seed);
        int wrong[kViewCount] = {};
        for (int i = 0; i < kSizes[s].false_samples; ++i) {
          const auto seen = sample(family.draw, median, kSizes[s].calls, random);
          for (std::size_t v = 0; v < kViewCount; ++v)
            wrong[v] += !find_modes(seen[v], kViews[v].step_ns).empty();
        }
        for (std::size_t v = 0; v < kViewCount; ++v) {
          const double here = 100.0 * wrong[v] / kSizes[s].false_samples;
          percent[v][s] += here / static_cast<double>(std::size(kMedians));
          worst = std::max(worst, here);
        }
      }
    }
    for (std::size_t v = 0; v < kViewCount; ++v) {
      std::printf("false   %-22s %5s", family.name.c_str(), kViews[v].name);
      for (const double value : percent[v]) std::printf(" %8.3f", value);
      std::printf("\n");
    }
    std::fflush(stdout);
  }
  std::printf("worst   one distribution, median, view and size alone: %.3f\n", worst);
}

struct Found {
  int two = 0;
  int more = 0;
  std::vector<double> share_errors;   // slow share, found minus true
  std::vector<double> median_errors;  // of both modes' medians, relative
};

void judge(const Mixture& mixture, const std::vector<Mode>& modes, Found& found) {
  found.more += modes.size() > 2;
  if (modes.size() != 2) return;
  ++found.two;
  found.share_errors.push_back(std::abs(modes[1].share - mixture.slow_share));
  found.median_errors.push_back(std::abs(static_cast<double>(modes[0].p50_ns) / kFastMedian - 1));
  found.median_errors.push_back(
      std::abs(static_cast<double>(modes[1].p50_ns) / kFastMedian / mixture.factor - 1));
}

double largest_of_most(std::vector<double>& errors) {  // the 95th percentile
  if (errors.empty()) return 0;
  const auto place =
      errors.begin() + static_cast<std::ptrdiff_t>(static_cast<double>(errors.size() - 1) * 0.95);
  std::nth_element(errors.begin(), place, errors.end());
  return *place;
}

std::string name_of(const Mixture& mixture) {
  char name[64];
  std::snprintf(name, sizeof name, "x%-2g %2g %% sigma %.1f", mixture.factor, 100 * mixture.slow_share,
                mixture.sigma);
  return name;
}

// Percent of the samples in which exactly two modes were seen, and how far off they were.
void measure_found() {
  print_head("found", "   dip");
  print_samples(42, &Size::found_samples, 1);
  std::uint64_t seed = 1000000;
  Found errors[std::size(kSizes)];
  int more = 0;
  for (const Mixture& mixture : mixtures()) {
    Found found[kViewCount][std::size(kSizes)];
    for (std::size_t s = 0; s < std::size(kSizes); ++s) {
      Random random(++seed);
      for (int i = 0; i < kSizes[s].found_samples; ++i) {
        const auto seen = sample(mixture, kFastMedian, kSizes[s].calls, random);
        for (std::size_t v = 0; v < kViewCount; ++v)
          judge(mixture, find_modes(seen[v], kViews[v].step_ns), found[v][s]);
      }
    }
    const auto dip = mixture.dip();
    for (std::size_t v = 0; v < kViewCount; ++v) {
      std::printf("found   %-22s %5s ", name_of(mixture).c_str(), kViews[v].name);
      dip ? std::printf("%5.2f", *dip) : std::printf("%5s", "none");
      for (std::size_t s = 0; s < std::size(kSizes); ++s) {
        std::printf(" %8.1f", 100.0 * found[v][s].two / kSizes[s].found_samples);
        more = std::max(more, found[v][s].more);
        if (v != 0) continue;
        auto& share = errors[s].share_errors;
        share.insert(share.end(), found[v][s].share_errors.begin(), found[v][s].share_errors.end());
        auto& median = errors[s].median_errors;
        median.insert(median.end(), found[v][s].median_errors.begin(), found[v][s].median_errors.end());
      }
      std::printf("\n");
    }
    std::fflush(stdout);
  }
  std::printf("more    samples of one mixture and size with more than two modes, at most: %d\n", more);
  std::printf("\n%-42s", "error   slow share, 95th percentile");
  for (Found& size : errors) std::printf(" %8.3f", largest_of_most(size.share_errors));
  std::printf("\n%-42s", "error   medians, relative, 95th percentile");
  for (Found& size : errors) std::printf(" %8.3f", largest_of_most(size.median_errors));
  std::printf("\n");
}

}  // namespace
}  // namespace latimer::validation

int main() {
  latimer::validation::measure_false();
  latimer::validation::measure_found();
  return 0;
}
