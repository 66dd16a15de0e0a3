#include <fmt/format.h>

#include <ctime>

#include "core/model/text_escape.h"
#include "plugins/exporters/human.h"
#include "plugins/exporters/target_text.h"
#include "plugins/exporters/text/sections.h"
#include "plugins/exporters/text/table.h"

namespace latimer {
namespace {

// At most `width` columns; what is left out is marked.
std::string shortened(const std::string& text, std::size_t width) {
  if (display_width(text) <= width) return text;
  std::string result;
  std::size_t columns = 0;
  for (std::size_t offset = 0; offset < text.size();) {
    const std::size_t length = utf8_at(text, offset).length;
    const std::string piece = text.substr(offset, length);
    columns += display_width(piece);
    if (columns + 4 > width) break;
    result += piece;
    offset += length;
  }
  return result + " ...";
}

// "2026-11-21 23:12:22"; local time.
std::string date_of(std::int64_t realtime_ns) {
  const std::time_t seconds = realtime_ns / 1'000'000'000;
  std::tm local{};
  if (localtime_r(&seconds, &local) == nullptr) return "?";
  return fmt::format("{}-{:02}-{:02} {:02}:{:02}:{:02}", local.tm_year + 1900, local.tm_mon + 1,
                     local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec);
}

// Of what kind the log is, and the time that it covers.
std::string log_facts(const Report& report) {
  const LogInfo& log = *report.log;
  std::string facts;
  if (!log.inputs.empty()) {
    const LogInput& first = log.inputs.front();
    if (!first.columns.empty() && report.backend != "strace") {
      facts += " (" + first.columns + ")";
    } else if (!first.columns.empty()) {
      facts += first.columns.starts_with('-') ? " (strace " + first.columns : " (strace";
      facts += log.durations ? " -T)" : ")";
    }
    if (!first.compression.empty()) facts += ", " + first.compression;
  }
  if (log.input_count > 1) facts += fmt::format(", {} files", human_count(log.input_count));
  facts += ", " + (log.span_ns ? human_duration(*log.span_ns) + " long" : "its length is not in it");
  if (log.start_realtime_ns) facts += ", from " + date_of(*log.start_realtime_ns);
  return facts;
}

}  // namespace

std::string header_section(const TextContext& context) {
  const Report& report = context.report;
  const std::string title =
      shortened(fmt::format("{}: {}", report.command, target_text(report)), context.width);
  std::string facts = report.mode == "stream" && report.backend == "ebpf" ? "ebpf (stream)" : report.backend;
  if (!report.environment.tool.empty()) facts = escape_bytes(report.environment.tool);
  if (report.log) {
    facts += log_facts(report);
  } else {
    facts += ", " + human_duration(report.duration_ns.value_or(0));
  }
  if (report.exit_status) facts += fmt::format(", exit status {}", *report.exit_status);
  if (!report.end_reason.empty() && report.end_reason != "target exited" &&
      report.end_reason != "input ended")
    facts += ", " + escape_bytes(report.end_reason);
  if (!report.target.filter.empty()) facts += ", only " + escape_bytes(report.target.filter);
  // Where a log was recorded is not known.
  if (!report.log)
    facts += fmt::format(", Linux {} {}", escape_bytes(report.environment.kernel),
                         escape_bytes(report.environment.machine));
  std::string out = context.style.title(title) + "\n";
  if (report.recorded)
    out += context.style.dim(shortened("recording of " + recorded_text(report), context.width)) + "\n";
  return out + context.style.dim(wrap_text(facts, context.width, 0)) + "\n\n";
}

namespace {

// Local time `offset_ns` after the anchor, to be laid beside logs; empty where the backend took no anchor.
std::string time_of_day(const ClockAnchor& anchor, std::uint64_t offset_ns) {
  if (anchor.realtime_ns == 0) return "";
  const std::time_t seconds = (anchor.realtime_ns + static_cast<std::int64_t>(offset_ns)) / 1'000'000'000;
  std::tm local{};
  if (localtime_r(&seconds, &local) == nullptr) return "";
  return fmt::format("{:02}:{:02}:{:02}  ", local.tm_hour, local.tm_min, local.tm_sec);
}

}  // namespace

std::string interval_line(const TextContext& context) {
  const IntervalInfo& interval = *context.report.interval;
  std::string text = fmt::format(
      "-- {}{} to {}", time_of_day(context.report.environment.clock.start, interval.end_ns),
      interval.start_ns == 0 ? "0s" : human_duration(interval.start_ns), human_duration(interval.end_ns));
  if (interval.merged > 1)
    text += fmt::format(" ({} intervals in one: the reader of this output was slow)", interval.merged);
  return context.style.title(text) + "\n";
}

}  // namespace latimer
