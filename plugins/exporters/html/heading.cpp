#include <fmt/format.h>

#include <ctime>

#include "core/model/text_escape.h"
#include "plugins/exporters/completeness.h"
#include "plugins/exporters/html/markup.h"
#include "plugins/exporters/html/sections.h"
#include "plugins/exporters/human.h"
#include "plugins/exporters/markup_escape.h"
#include "plugins/exporters/target_text.h"

namespace latimer {
namespace {

// UTC: a page is sent to people elsewhere, and the same report must give the same bytes there.
std::string date_of(std::int64_t realtime_ns) {
  const std::time_t seconds = realtime_ns / 1'000'000'000;
  std::tm utc{};
  if (gmtime_r(&seconds, &utc) == nullptr) return "";
  const std::string day = fmt::format("{}-{:02}-{:02}", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday);
  const std::string time = fmt::format("{:02}:{:02}:{:02}", utc.tm_hour, utc.tm_min, utc.tm_sec);
  return fmt::format("<time datetime=\"{0}T{1}Z\">{0} {1} UTC</time>", day, time);
}

std::string when(const Report& report) {
  if (report.log) return report.log->start_realtime_ns ? date_of(*report.log->start_realtime_ns) : "";
  const std::int64_t start = report.environment.clock.start.realtime_ns;
  return start == 0 ? "" : date_of(start);
}

std::optional<std::uint64_t> duration_of(const Report& report) {
  return report.log && report.log->span_ns ? report.log->span_ns : report.duration_ns;
}

// Without those that --top left out the rows are not the whole, but the ledger is.
std::uint64_t all_calls(const Report& report) {
  if (report.ledger.completed) return *report.ledger.completed;
  std::uint64_t count = 0;
  for (const SyscallRow& row : report.syscalls) count += row.count;
  return count;
}

// `html` is HTML; empty: not known.
void fact(std::string& list, std::string_view name, const std::string& html, const std::string& value = "") {
  const std::string shown = html.empty() ? "not known" : html;
  list += fmt::format("<div><dt>{}</dt><dd{}>{}</dd></div>\n", name,
                      value.empty() ? "" : fmt::format(" data-value=\"{}\"", value), shown);
}

std::string facts(const Report& report) {
  const EnvironmentInfo& host = report.environment;
  std::string backend = markup_escape(report.backend);
  if (!host.tool.empty()) backend += " (" + markup_bytes(host.tool) + ")";
  const auto duration = duration_of(report);
  std::string list = "<dl>\n";
  if (report.recorded) fact(list, "Recorded", markup_escape(recorded_text(report)));
  fact(list, "Backend", backend);
  // A log does not tell where it was recorded, and the host that reads it would be taken for that.
  if (!report.recorded_elsewhere) {
    fact(list, "Host", markup_bytes(host.hostname));
    fact(list, "Kernel",
         markup_bytes(host.kernel) + (host.machine.empty() ? "" : " " + markup_bytes(host.machine)));
    if (host.cpus > 0) fact(list, "CPUs", fmt::format("{}", host.cpus), fmt::format("{}", host.cpus));
  } else {
    fact(list, "Host", "");
    fact(list, "Kernel", "");
  }
  fact(list, "When", when(report));
  fact(list, "Duration", duration ? human_duration(*duration) : "",
       duration ? fmt::format("{}", *duration) : "");
  fact(list, "System calls", human_count(all_calls(report)), fmt::format("{}", all_calls(report)));
  if (!report.target.filter.empty()) fact(list, "Only", markup_bytes(report.target.filter));
  if (report.exit_status) fact(list, "Exit status", fmt::format("{}", *report.exit_status));
  if (!report.end_reason.empty()) fact(list, "Ended", markup_bytes(report.end_reason));
  return list + "</dl>\n";
}

std::string pid_line(const Report& report) {
  if (report.target.kind != "command" || report.target.pids.empty()) return "";
  return paragraph(fmt::format("process {}{}", fmt::join(report.target.pids, ", "),
                               report.target.follow ? " and its children" : ""),
                   "dim");
}

}  // namespace

std::string page_title(const Report& report) {
  return markup_escape(target_text(report)) + (report.complete ? "" : " (INCOMPLETE)") + " - Latimer";
}

std::string page_heading(const Report& report) {
  const std::string words = markup_escape(report.complete ? what_balances(report) : incompleteness(report));
  std::string out = fmt::format("<h1>{}</h1>\n{}", markup_escape(target_text(report)), pid_line(report));
  out += fmt::format("<p id=\"state\" class=\"state{}\"><strong class=\"{}\">{}</strong>: {}</p>\n",
                     report.complete ? "" : " incomplete", report.complete ? "good" : "bad",
                     report.complete ? "COMPLETE" : "INCOMPLETE", words);
  return out + facts(report);
}

Part warnings_part(const Report& report) {
  std::string body;
  for (const std::string& warning : report.warnings) body += paragraph(markup_bytes(warning), "warning");
  if (body.empty()) body = paragraph("None.");
  return {"warnings", "Warnings", body};
}

Part verdict_part(const Report& report) {
  if (!report.verdict)
    return {
        "verdict", "Verdict",
        paragraph(
            "None: it takes the durations and the CPU time of the whole run, and not all of that is known.")};
  return {"verdict", "Verdict", paragraph(markup_bytes(report.verdict->sentence), "verdict")};
}

}  // namespace latimer
