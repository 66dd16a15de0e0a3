#include "validation/overhead/cells.h"

#include <fmt/format.h>

#include <cmath>

#include "plugins/exporters/human.h"

namespace latimer::overhead {
namespace {

constexpr const char* kUnknown = "?";

std::uint64_t rounded(double value) {
  return value > 0 ? static_cast<std::uint64_t>(std::llround(value)) : 0;
}

std::string number_or_infinite(double value, int digits) {
  if (std::isnan(value)) return kUnknown;
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return fmt::format("{:.{}f}", value, digits);
}

std::string percent(double ratio) { return number_or_infinite(100 * (ratio - 1), 1); }

// A slowdown: in percent while it is small, else as a factor.
constexpr double kFactor = 2;
std::string slowdown_text(const Interval& ratio) {
  if (ratio.estimate < kFactor) return fmt::format("{:+.1f} %", 100 * (ratio.estimate - 1));
  return fmt::format("{} x", number_or_infinite(ratio.estimate, ratio.estimate < 10 ? 2 : 1));
}
std::string interval_text(const Interval& ratio) {
  if (ratio.estimate < kFactor) return fmt::format("{} to {}", percent(ratio.low), percent(ratio.high));
  const int digits = ratio.estimate < 10 ? 2 : 1;
  return fmt::format("{} to {}", number_or_infinite(ratio.low, digits),
                     number_or_infinite(ratio.high, digits));
}

// What a slowdown of requests takes from their rate.
Interval lost_of(const Interval& slowdown) {
  return {2 - 1 / slowdown.estimate, 2 - 1 / slowdown.low, 2 - 1 / slowdown.high};
}

std::string figure_text(Figure figure, double value) {
  switch (figure) {
    case Figure::requests_per_second:
      return human_count(rounded(value)) + "/s";
    case Figure::cycles_per_call:
      return fmt::format("{:.1f} cycles", value);
    case Figure::wall_ns:
      break;
  }
  return human_duration(rounded(value));
}

std::string duration_text(const std::optional<double>& ns) {
  return ns ? human_duration(rounded(*ns)) : kUnknown;
}

}  // namespace

std::vector<std::string> column_titles(Figure figure) {
  const bool rate = figure == Figure::requests_per_second;
  return {"",         rate ? "RATE" : figure == Figure::cycles_per_call ? "CALL" : "RUN",
          "CALLS",    rate ? "RATE LOST" : "SLOWER",
          "95 %",     "NS/CALL",
          "95 %",     "TOOL CPU",
          "TOOL RSS", "LOST",
          "START",    "LEAVE",
          "RUNS"};
}

std::vector<std::string> cells_of(const OverheadReport& report, const Row& row) {
  const Task& task = report.tasks[row.task];
  const Competitor& competitor = report.competitors[row.competitor];
  const double calls = report.calls[row.task][static_cast<std::size_t>(row.size)];
  std::vector<std::string> cells{competitor.name, figure_text(task.figure, row.figure.estimate),
                                 calls > 0 ? human_count(rounded(calls)) : kUnknown};
  if (row.slowdown) {
    const bool rate = task.figure == Figure::requests_per_second;
    const Interval shown = rate ? lost_of(*row.slowdown) : *row.slowdown;
    cells.push_back(rate ? percent(shown.estimate) + " %" : slowdown_text(shown));
    cells.push_back(interval_text(shown));
  } else {
    cells.insert(cells.end(), {"", ""});
  }
  if (row.ns_per_call) {
    const int digits = row.ns_per_call->estimate < 1000 ? 1 : 0;
    cells.push_back(number_or_infinite(row.ns_per_call->estimate, digits));
    cells.push_back(fmt::format("{} to {}", number_or_infinite(row.ns_per_call->low, digits),
                                number_or_infinite(row.ns_per_call->high, digits)));
  } else {
    cells.insert(cells.end(), {"", ""});
  }
  if (competitor.place == Place::alone) {
    cells.insert(cells.end(), 5, "");
  } else {
    cells.push_back(duration_text(row.tool_cpu_ns));
    cells.push_back(row.tool_rss_bytes ? human_bytes(rounded(*row.tool_rss_bytes)) : kUnknown);
    cells.push_back(row.lost ? human_count(*row.lost) : kUnknown);
    cells.push_back(duration_text(row.start_ns));
    cells.push_back(duration_text(row.leave_ns));
  }
  cells.push_back(fmt::format("{}", row.runs));
  return cells;
}

std::string title_of(const Task& task) { return fmt::format("{}: {}", task.name, task.summary); }

std::string legend() {
  return "SLOWER and RATE LOST: medians of the rounds' ratios to nothing in the same round, with the "
         "interval "
         "that holds the truth 95 times of 100 (bootstrap). NS/CALL: what each call got longer. TOOL CPU: of "
         "the "
         "tracer's own processes, start and end included. TOOL RSS: their peaks, added up. LOST: events, as "
         "the "
         "tracer tells. START: until the workload could begin. LEAVE: from the workload's end until the "
         "tracer "
         "had ended. ?: cannot be told. Tracers that cost much are given fewer calls, and are compared with "
         "nothing on as few.";
}

std::string machine_of(const OverheadReport& report) {
  std::string text =
      fmt::format("Linux {} {}, {} CPUs{}{}{}; latimer {}", report.host.kernel, report.host.machine,
                  report.host.cpus, report.cpu_model.empty() ? "" : " (", report.cpu_model,
                  report.cpu_model.empty() ? "" : ")", report.latimer_version);
  std::vector<std::string> seen;
  for (const Competitor& competitor : report.competitors) {
    const bool known = std::find(seen.begin(), seen.end(), competitor.version) != seen.end();
    if (competitor.version.empty() || known) continue;
    seen.push_back(competitor.version);
    text += ", " + competitor.version;
  }
  return text;
}

std::string runs_of(const OverheadReport& report) {
  return fmt::format(
      "{} rounds in random order, seed {}; {} runs in {}; {} repeated because others computed on "
      "this host meanwhile, {} kept although they did",
      report.rounds, report.seed, report.runs, human_duration(report.wall_ns), report.repeated,
      report.disturbed);
}

std::string verdict_word(Judgment verdict) {
  switch (verdict) {
    case Judgment::met:
      return "met";
    case Judgment::missed:
      return "MISSED";
    case Judgment::open:
      return "open";
    case Judgment::not_judged:
      return "not judged";
  }
  return "";
}

std::string seen_of(const Limit& limit) {
  if (!limit.seen) return limit.why_not;
  const Interval& seen = *limit.seen;
  const std::string quoted = limit.quoted.empty() ? "" : ": " + limit.quoted;
  if (limit.as_percent)
    return fmt::format("{:+.2f} % ({} to {}){}", 100 * (seen.estimate - 1),
                       number_or_infinite(100 * (seen.low - 1), 2),
                       number_or_infinite(100 * (seen.high - 1), 2), quoted);
  return fmt::format("{} ({} to {}){}", number_or_infinite(seen.estimate, 3), number_or_infinite(seen.low, 3),
                     number_or_infinite(seen.high, 3), quoted);
}

std::string summary_of(const OverheadReport& report) {
  return fmt::format(
      "{} limits met, {} missed, {} open (the limit lies within the interval: more --runs would tell), "
      "{} not judged",
      report.count(Judgment::met), report.count(Judgment::missed), report.count(Judgment::open),
      report.count(Judgment::not_judged));
}

std::vector<std::string> complaints_of(const OverheadReport& report) {
  std::vector<std::string> lines;
  if (!report.ended_early.empty())
    lines.push_back(fmt::format("ended early, after {} of {} rounds: {}", report.rounds_done, report.rounds,
                                report.ended_early));
  for (const Failure& failure : report.failures)
    lines.push_back(fmt::format("{} under {} failed, and was left out from then on: {}",
                                report.tasks[failure.task].name, report.competitors[failure.competitor].name,
                                failure.message));
  const auto add_absent = [&](const std::vector<Absent>& absent) {
    for (const Absent& one : absent)
      lines.push_back(fmt::format("{} did not take part: {}{}{}", one.name, one.why.message,
                                  one.why.hint.empty() ? "" : ": ", one.why.hint));
  };
  add_absent(report.absent);
  add_absent(report.absent_tasks);
  return lines;
}

}  // namespace latimer::overhead
