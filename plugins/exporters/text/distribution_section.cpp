// What `histogram` prints.
#include <fmt/format.h>

#include <algorithm>

#include "core/model/text_escape.h"
#include "plugins/exporters/human.h"
#include "plugins/exporters/text/sections.h"
#include "plugins/exporters/text/table.h"

namespace latimer {
namespace {

std::string duration(const std::optional<std::uint64_t>& ns) { return ns ? human_duration(*ns) : "-"; }

std::string bar_name(const DistributionBar& bar) {
  if (!bar.hi_ns) return ">= " + human_duration(bar.lo_ns);
  return human_duration(bar.lo_ns) + " - " + human_duration(*bar.hi_ns);
}

std::string bars(const TextContext& context, const Distribution& distribution) {
  const auto& all = distribution.bars;
  const auto used = [](const DistributionBar& bar) { return bar.count > 0; };
  const auto first = std::find_if(all.begin(), all.end(), used);
  const auto last = std::find_if(all.rbegin(), all.rend(), used).base();
  std::uint64_t most = 1;
  std::size_t name_width = 0, count_width = 0;
  for (auto bar = first; bar < last; ++bar) {
    most = std::max(most, bar->count);
    name_width = std::max(name_width, bar_name(*bar).size());
    count_width = std::max(count_width, human_count(bar->count).size());
  }
  // So that all fits 80 columns: name, count, share, bar.
  const std::size_t taken = 2 + name_width + 2 + count_width + 2 + 7 + 2;
  const std::size_t room = std::min<std::size_t>(context.width, 80) > taken + 8
                               ? std::min<std::size_t>(context.width, 80) - taken
                               : 8;
  std::string out;
  for (auto bar = first; bar < last; ++bar) {
    const double share =
        static_cast<double>(bar->count) / static_cast<double>(distribution.count - distribution.untimed);
    const auto length = static_cast<std::size_t>(static_cast<double>(room) * static_cast<double>(bar->count) /
                                                 static_cast<double>(most));
    out += fmt::format("  {:>{}}  {:>{}}  {:>7}  ", bar_name(*bar), name_width, human_count(bar->count),
                       count_width, bar->count == 0 ? "" : human_percent(share));
    std::string drawn;
    for (std::size_t i = 0; i < std::max<std::size_t>(length, bar->count > 0 ? 1 : 0); ++i)
      drawn += context.options.unicode ? "█" : "#";
    out += context.style.chart(drawn);
    while (out.back() == ' ') out.pop_back();
    out += '\n';
  }
  return out;
}

std::string modes_in_words(const TextContext& context, const Distribution& distribution) {
  if (distribution.modes.size() < 2) return "";
  const std::string_view word = distribution.modes.size() == 2 ? "bimodal" : "several modes";
  std::string out = fmt::format("  {}: ", word);
  for (std::size_t i = 0; i < distribution.modes.size(); ++i)
    out += fmt::format("{}{} around {}", i == 0 ? "" : ", ", human_percent(distribution.modes[i].share),
                       human_duration(distribution.modes[i].p50_ns));
  out += "; one average or median says nothing of either";
  return wrap_text(out, std::min<std::size_t>(context.width, 80), 4) + "\n";
}

}  // namespace

std::string distributions_section(const TextContext& context) {
  std::string out;
  for (const Distribution& one : context.report.distributions) {
    std::string heading = escape_bytes(one.call);
    if (!one.group.empty()) heading += ", " + escape_bytes(one.group);
    out += "\n" + context.style.title(heading) +
           fmt::format(": {} call{}", human_count(one.count), one.count == 1 ? "" : "s");
    if (one.untimed > 0) out += fmt::format(", {} without a duration", human_count(one.untimed));
    out += fmt::format("\n  min {} p50 {} p90 {} p95 {} p99 {} p99.9 {} max {}\n", duration(one.min_ns),
                       duration(one.p50_ns), duration(one.p90_ns), duration(one.p95_ns), duration(one.p99_ns),
                       duration(one.p999_ns), duration(one.max_ns));
    out += modes_in_words(context, one) + "\n" + bars(context, one);
    if (!one.bars_exact)
      out += context.style.dim("  calls near an edge may stand beside it, by 3.1% of their duration") + "\n";
  }
  return out.empty() ? "\nno such call was made\n" : out;
}

}  // namespace latimer
