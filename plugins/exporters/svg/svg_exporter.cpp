#include "plugins/exporters/svg/svg_exporter.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "plugins/exporters/completeness.h"
#include "plugins/exporters/human.h"
#include "plugins/exporters/markup_escape.h"

namespace latimer {
namespace {

constexpr int kWidth = 720;
constexpr int kBarsLeft = 150;  // behind the names
constexpr int kBarsWidth = 420;
constexpr int kLine = 18;
constexpr int kHead = 64;
constexpr int kGap = 24;

std::string bar_name(const DistributionBar& bar) {
  if (!bar.hi_ns) return "from " + human_duration(bar.lo_ns);
  return human_duration(bar.lo_ns) + " to " + human_duration(*bar.hi_ns);
}

std::span<const DistributionBar> used_bars(const Distribution& one) {
  const auto used = [](const DistributionBar& bar) { return bar.count > 0; };
  const auto first = std::find_if(one.bars.begin(), one.bars.end(), used);
  const auto last = std::find_if(one.bars.rbegin(), one.bars.rend(), used).base();
  return first < last ? std::span<const DistributionBar>(first, last) : std::span<const DistributionBar>();
}

std::string duration(const std::optional<std::uint64_t>& ns) { return ns ? human_duration(*ns) : "-"; }

std::string title_of(const Distribution& one) {
  return one.group.empty() ? one.call : one.call + ", " + one.group;
}

// From `y` on; moves it behind the picture.
std::string picture(const Distribution& one, int& y) {
  std::string out = fmt::format(R"(<text class="title" x="12" y="{}">{}</text>)"
                                "\n",
                                y + 20, markup_bytes(title_of(one)));
  out += fmt::format(
      R"(<text class="note" x="12" y="{}">{} calls; p50 {}, p90 {}, p95 {}, p99 {}, p99.9 {}, max {}</text>)"
      "\n",
      y + 42, human_count(one.count), duration(one.p50_ns), duration(one.p90_ns), duration(one.p95_ns),
      duration(one.p99_ns), duration(one.p999_ns), duration(one.max_ns));
  y += kHead;
  const auto bars = used_bars(one);
  std::uint64_t most = 1;
  for (const DistributionBar& bar : bars) most = std::max(most, bar.count);
  for (const DistributionBar& bar : bars) {
    const auto length = static_cast<int>(static_cast<double>(kBarsWidth) * static_cast<double>(bar.count) /
                                         static_cast<double>(most));
    out += fmt::format(R"(<text class="name" x="{}" y="{}">{}</text>)", kBarsLeft - 8, y + 13, bar_name(bar));
    if (bar.count > 0)
      out += fmt::format(R"(<rect x="{}" y="{}" width="{}" height="{}"/>)", kBarsLeft, y + 2,
                         std::max(length, 1), kLine - 4);
    out += fmt::format(R"(<text x="{}" y="{}">{}</text>)"
                       "\n",
                       kBarsLeft + length + 6, y + 13, human_count(bar.count));
    y += kLine;
  }
  y += kGap;
  return out;
}

class SvgExporter final : public Exporter {
 public:
  [[nodiscard]] std::string_view name() const override { return "svg"; }
  [[nodiscard]] bool machine_readable() const override { return false; }

  [[nodiscard]] Result<std::string> serialize(const Report& report, const ExportOptions&) const override {
    std::string pictures, names;
    int height = 8;
    for (const Distribution& one : report.distributions) {
      pictures += picture(one, height);
      names += (names.empty() ? "" : "; ") + markup_bytes(title_of(one));
    }
    if (!report.complete) {
      pictures += fmt::format(R"(<text class="note" x="12" y="{}">INCOMPLETE: {}</text>)"
                              "\n",
                              height + 10, markup_escape(incompleteness(report)));
      height += kGap;
    }
    return fmt::format(
        R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="img">
<title>Durations of {2}</title>
<style>
svg {{ background: #ffffff; }}
text {{ font: 12px sans-serif; fill: #333333; }}
.title {{ font-size: 16px; font-weight: bold; fill: #111111; }}
.name {{ text-anchor: end; }}
rect {{ fill: #2563a8; }}
@media (prefers-color-scheme: dark) {{
svg {{ background: #16181c; }}
text {{ fill: #c8ccd2; }}
.title {{ fill: #ffffff; }}
rect {{ fill: #6aa9ee; }}
}}
</style>
{3}</svg>
)",
        kWidth, height, names.empty() ? "no calls" : names, pictures);
  }
};

}  // namespace

std::unique_ptr<Exporter> make_svg_exporter() { return std::make_unique<SvgExporter>(); }

}  // namespace latimer
