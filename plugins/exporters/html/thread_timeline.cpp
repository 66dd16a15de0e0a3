// When each thread worked in calls and when it waited in them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "plugins/exporters/html/markup.h"
#include "plugins/exporters/html/sections.h"
#include "plugins/exporters/html/time_chart.h"
#include "plugins/exporters/human.h"
#include "plugins/exporters/markup_escape.h"

namespace latimer {
namespace {

constexpr std::size_t kRows = 24;  // of a lane, and its height in px

using Times = std::vector<std::uint64_t>;

std::uint64_t at(const Times& times, std::size_t index) { return index < times.size() ? times[index] : 0; }

std::uint64_t sum(const Times& times) {
  return std::accumulate(times.begin(), times.end(), std::uint64_t{0});
}

// A call's whole time is in the slice where it began. A thread is in one call at a time, so what a slice
// cannot hold lies in those that follow: that of waiting calls if there are any, because the long ones are
// those.
struct Lane {
  Times working, waiting;
};

Lane laid_out(const ThreadTimeline& thread, std::size_t slices, std::uint64_t slice_ns) {
  Lane lane;
  std::uint64_t working_on = 0, waiting_on = 0;
  for (std::size_t i = 0; i < slices; ++i) {
    const std::uint64_t working = at(thread.working_ns, i) + working_on;
    const std::uint64_t waiting = at(thread.waiting_ns, i) + waiting_on;
    lane.working.push_back(std::min(working, slice_ns));
    lane.waiting.push_back(std::min(waiting, slice_ns - lane.working.back()));
    working_on = working - lane.working.back();
    waiting_on = waiting - lane.waiting.back();
  }
  return lane;
}

std::size_t level(std::uint64_t ns, std::uint64_t slice_ns) {
  if (ns == 0 || slice_ns == 0) return 0;
  const double share = static_cast<double>(ns) / static_cast<double>(slice_ns);
  return std::clamp<std::size_t>(static_cast<std::size_t>(std::llround(share * kRows)), 1, kRows);
}

std::string lane_plot(const Lane& lane, std::uint64_t slice_ns) {
  std::string working, waiting;
  for (std::size_t i = 0; i < lane.working.size(); ++i) {
    const std::size_t low = level(lane.working[i], slice_ns);
    const std::size_t high = std::max(low, level(lane.working[i] + lane.waiting[i], slice_ns));
    if (low > 0) working += box(i, kRows - low, 1, low);
    if (high > low) waiting += box(i, kRows - high, 1, high - low);
  }
  std::string out;
  if (!working.empty()) out += fmt::format("<path class=\"working\" d=\"{}\"/>", working);
  if (!waiting.empty()) out += fmt::format("<path class=\"waits\" d=\"{}\"/>", waiting);
  return out;
}

std::string lane_item(const ThreadTimeline& thread, const Timeline& timeline) {
  const std::size_t slices = timeline.slices.size();
  const Lane lane = laid_out(thread, slices, timeline.slice_ns);
  const std::string figures = fmt::format("working {}, waiting {}", human_duration(sum(thread.working_ns)),
                                          human_duration(sum(thread.waiting_ns)));
  return fmt::format("<li><span>{}/{} {}<br><span class=\"dim\">{}</span></span>{}</li>\n", thread.pid,
                     thread.tid, markup_bytes(thread.comm), figures,
                     bare_plot(fmt::format("Thread {}: {}", thread.tid, figures), slices, kRows,
                               static_cast<int>(kRows), lane_plot(lane, timeline.slice_ns)));
}

std::string swatch(std::string_view css_class, std::string_view name) {
  return fmt::format(
      "<li><svg width=\"16\" height=\"16\" aria-hidden=\"true\"><rect class=\"{}\" width=\"16\" "
      "height=\"16\"/></svg>{}</li>\n",
      css_class, name);
}

}  // namespace

Part thread_timeline_part(const Report& report) {
  const std::string id = "thread-timeline", title = "Thread timeline";
  if (!report.analysis || !report.analysis->timeline || report.analysis->timeline->threads.empty())
    return {id, title, paragraph("Not known: there are no times of single calls.")};
  const Timeline& timeline = *report.analysis->timeline;
  const std::size_t shown = std::min(timeline.threads.size(), kMostHtmlRows);
  std::string lanes = "<ul class=\"lanes\">\n";
  for (std::size_t i = 0; i < shown; ++i) lanes += lane_item(timeline.threads[i], timeline);
  lanes +=
      fmt::format("<li><span></span>{}</li>\n</ul>\n", time_axis(timeline.slice_ns * timeline.slices.size()));
  const std::string legend = "<ul class=\"legend\" aria-label=\"Colours\">\n" +
                             swatch("working", "working in calls") + swatch("waits", "waiting in calls") +
                             swatch("ground", "in no call: computing, or not running") + "</ul>\n";
  const std::string caption = fmt::format(
      "<figcaption>Each lane is a thread (process/thread and command), full height a whole slice of {}. What "
      "does "
      "not fit in the slice where a call began is drawn in those that follow.</figcaption>\n",
      human_duration(timeline.slice_ns));
  const std::size_t known = std::max(report.analysis->threads.size(), timeline.threads.size());
  const std::string more = known > shown
                               ? paragraph(fmt::format("Not drawn: {} with less time.",
                                                       counted(known - shown, "more thread", "more threads")))
                               : "";
  return {id, title, "<figure>\n" + legend + lanes + caption + "</figure>\n" + more};
}

}  // namespace latimer
