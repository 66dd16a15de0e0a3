// What the time went for, slice by slice; and the same figures as a table.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "plugins/exporters/html/html_table.h"
#include "plugins/exporters/html/markup.h"
#include "plugins/exporters/html/sections.h"
#include "plugins/exporters/html/time_chart.h"
#include "plugins/exporters/human.h"
#include "plugins/exporters/markup_escape.h"

namespace latimer {
namespace {

constexpr std::size_t kMostColours =
    6;                                // kinds of work with a colour of their own; eyes do not tell more apart
constexpr std::size_t kRows = 1'000;  // of the plot
constexpr int kHeight = 180;

using Works = std::vector<std::size_t>;  // indices into TimeSlice::work_ns

struct Stack {
  std::string name;
  Works works;
  std::uint64_t total_ns = 0;
};

// By time and not by calls alone: a few calls of wait4 are as long as the whole run.
bool waits(const WorkRow& row) { return row.waits || row.activity.waiting_ns > row.activity.total_ns / 2; }

bool waits(const Analysis& analysis, std::size_t work) {
  return std::any_of(analysis.work.begin(), analysis.work.end(), [&](const WorkRow& row) {
    return static_cast<std::size_t>(row.work) == work && waits(row);
  });
}

// What the drawing does not show.
std::string left_out(const Analysis& analysis) {
  std::string names;
  for (const WorkRow& row : analysis.work) {
    if (waits(row)) names += fmt::format("{}{}", names.empty() ? "" : ", ", to_string(row.work));
  }
  return names.empty() ? ""
                       : fmt::format(" Left out, because it is mostly waiting: {}.", markup_escape(names));
}

std::uint64_t time_for(const TimeSlice& slice, const Works& works) {
  return std::accumulate(works.begin(), works.end(), std::uint64_t{0},
                         [&](std::uint64_t sum, std::size_t work) { return sum + slice.work_ns[work]; });
}

// Most time first. What waits by nature is left out: one idle thread would hide everything else.
std::vector<Stack> stacks_of(const Analysis& analysis) {
  std::vector<Stack> stacks;
  for (std::size_t work = 0; work < kWorkNames.size(); ++work) {
    if (waits(analysis, work)) continue;
    Stack stack{std::string(kWorkNames[work]), {work}, 0};
    for (const TimeSlice& slice : analysis.timeline->slices) stack.total_ns += slice.work_ns[work];
    if (stack.total_ns > 0) stacks.push_back(std::move(stack));
  }
  std::stable_sort(stacks.begin(), stacks.end(),
                   [](const Stack& a, const Stack& b) { return a.total_ns > b.total_ns; });
  if (stacks.size() <= kMostColours + 1) return stacks;
  Stack rest{"all else", {}, 0};
  for (std::size_t i = kMostColours; i < stacks.size(); ++i) {
    rest.works.insert(rest.works.end(), stacks[i].works.begin(), stacks[i].works.end());
    rest.total_ns += stacks[i].total_ns;
  }
  stacks.resize(kMostColours);
  stacks.push_back(std::move(rest));
  return stacks;
}

std::uint64_t highest(const Timeline& timeline, const std::vector<Stack>& stacks) {
  std::uint64_t most = 0;
  for (const TimeSlice& slice : timeline.slices) {
    std::uint64_t sum = 0;
    for (const Stack& stack : stacks) sum += time_for(slice, stack.works);
    most = std::max(most, sum);
  }
  return most;
}

std::string columns(const Timeline& timeline, const std::vector<Stack>& stacks, std::uint64_t most) {
  std::vector<std::string> paths(stacks.size());
  const auto level = [&](std::uint64_t ns) {
    return static_cast<std::size_t>(static_cast<double>(ns) / static_cast<double>(most) * kRows);
  };
  for (std::size_t i = 0; i < timeline.slices.size(); ++i) {
    std::uint64_t below = 0;
    for (std::size_t s = 0; s < stacks.size(); ++s) {
      const std::uint64_t above = below + time_for(timeline.slices[i], stacks[s].works);
      const std::size_t height = level(above) - level(below);
      if (height > 0) paths[s] += box(i, kRows - level(above), 1, height);
      below = above;
    }
  }
  std::string out;
  for (std::size_t s = 0; s < stacks.size(); ++s) {
    if (!paths[s].empty()) out += fmt::format("<path class=\"c{}\" d=\"{}\"/>", s, paths[s]);
  }
  return out;
}

std::string legend(const std::vector<Stack>& stacks) {
  std::string out = "<ul class=\"legend\" aria-label=\"Work, from the bottom up\">\n";
  for (std::size_t s = 0; s < stacks.size(); ++s) {
    out += fmt::format(
        "<li><svg width=\"16\" height=\"16\" aria-hidden=\"true\"><rect class=\"c{}\" width=\"16\" "
        "height=\"16\"/></svg>"
        "<span>{} <span class=\"dim\">{}</span></span></li>\n",
        s, markup_escape(stacks[s].name), human_duration(stacks[s].total_ns));
  }
  return out + "</ul>\n";
}

std::string slices_table(const Timeline& timeline, const std::vector<Stack>& stacks) {
  HtmlTable table("slices-table", "Each slice of the time");
  table.numbers({"From", "Calls", "Errors"});
  for (const Stack& stack : stacks) table.column(stack.name, HtmlTable::Kind::number);
  for (std::size_t i = 0; i < timeline.slices.size(); ++i) {
    const TimeSlice& slice = timeline.slices[i];
    table.row();
    table.duration(i * timeline.slice_ns);
    table.count(slice.calls);
    table.count(slice.errors);
    for (const Stack& stack : stacks) table.duration(time_for(slice, stack.works));
  }
  return "<details>\n<summary>The same as a table</summary>\n" + table.render() + "</details>\n";
}

}  // namespace

Part work_over_time_part(const Report& report) {
  const std::string id = "work-over-time", title = "Work over time";
  if (!report.analysis || !report.analysis->timeline)
    return {id, title, paragraph("Not known: there are no times of single calls.")};
  const Timeline& timeline = *report.analysis->timeline;
  const std::vector<Stack> stacks = stacks_of(*report.analysis);
  if (stacks.empty())
    return {id, title, paragraph("None: no time was spent in calls that work.") + slices_table(timeline, {})};
  const std::uint64_t most = highest(timeline, stacks);
  TimeChart chart;
  chart.slices = timeline.slices.size();
  chart.rows = kRows;
  chart.height = kHeight;
  chart.span_ns = timeline.slice_ns * timeline.slices.size();
  chart.labels = {{0, human_duration(most)}, {0.5, human_duration(most / 2)}, {1, "0"}};
  chart.description =
      fmt::format("Time in working calls over {}; the most was for {}, {}", human_duration(chart.span_ns),
                  stacks[0].name, human_duration(stacks[0].total_ns));
  chart.plot = columns(timeline, stacks, most);
  const std::string caption = fmt::format(
      "<figcaption>Across: time from the start. Up: time spent in calls that began in each slice of {}, by "
      "all threads "
      "together; a long call counts where it began.{}</figcaption>\n",
      human_duration(timeline.slice_ns), left_out(*report.analysis));
  return {id, title,
          "<figure>\n" + chart.render() + legend(stacks) + caption + "</figure>\n" +
              slices_table(timeline, stacks)};
}

}  // namespace latimer
