#include <cmath>
#include <nlohmann/json.hpp>

#include "validation/overhead/cells.h"

namespace latimer::overhead {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchemaVersion = 1;

// What is infinite or not a number is not known.
Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json interval(const std::optional<Interval>& seen) {
  if (!seen) return {};
  return {{"estimate", number(seen->estimate)}, {"low", number(seen->low)}, {"high", number(seen->high)}};
}

template <typename T>
Json optional(const std::optional<T>& value) {
  if (!value) return {};
  if constexpr (std::is_floating_point_v<T>)
    return static_cast<std::uint64_t>(std::llround(*value));
  else
    return *value;
}

std::string_view figure_name(Figure figure) {
  switch (figure) {
    case Figure::wall_ns:
      return "wall_ns";
    case Figure::requests_per_second:
      return "requests_per_second";
    case Figure::cycles_per_call:
      return "cycles_per_call";
  }
  return "";
}

std::string_view verdict_name(Judgment verdict) {
  return verdict == Judgment::missed       ? "missed"
         : verdict == Judgment::not_judged ? "not-judged"
         : verdict == Judgment::met        ? "met"
                                           : "open";
}

Json row_of(const OverheadReport& report, const Row& row) {
  const double calls = report.calls[row.task][static_cast<std::size_t>(row.size)];
  return {{"competitor", report.competitors[row.competitor].name},
          {"runs", row.runs},
          {"calls", calls > 0 ? Json(static_cast<std::uint64_t>(calls)) : Json()},
          {"figure", {{"median", row.figure.estimate}, {"least", row.figure.low}, {"most", row.figure.high}}},
          {"slowdown", interval(row.slowdown)},
          {"ns_per_call", interval(row.ns_per_call)},
          {"tool_cpu_ns", optional(row.tool_cpu_ns)},
          {"tool_rss_bytes", optional(row.tool_rss_bytes)},
          {"lost", optional(row.lost)},
          {"start_ns", optional(row.start_ns)},
          {"leave_ns", optional(row.leave_ns)}};
}

Json workloads_of(const OverheadReport& report) {
  Json workloads = Json::array();
  for (std::size_t task = 0; task < report.tasks.size(); ++task) {
    Json rows = Json::array();
    for (const Row& row : report.rows) {
      if (row.task == task) rows.push_back(row_of(report, row));
    }
    workloads.push_back({{"name", report.tasks[task].name},
                         {"summary", report.tasks[task].summary},
                         {"figure", figure_name(report.tasks[task].figure)},
                         {"rows", std::move(rows)}});
  }
  return workloads;
}

Json limits_of(const OverheadReport& report) {
  Json limits = Json::array();
  for (const Limit& limit : report.limits) {
    limits.push_back({{"about", limit.about},
                      {"limit", limit.bound_text},
                      {"bound", limit.bound},
                      {"at_most", limit.at_most},
                      {"seen", interval(limit.seen)},
                      {"quoted", limit.quoted},
                      {"verdict", verdict_name(limit.verdict)},
                      {"why_not", limit.why_not}});
  }
  return limits;
}

Json competitors_of(const OverheadReport& report) {
  Json competitors = Json::array();
  for (const Competitor& one : report.competitors)
    competitors.push_back(
        {{"name", one.name}, {"what", one.what}, {"version", one.version}, {"tool", one.tool}});
  return competitors;
}

}  // namespace

std::string to_json(const OverheadReport& report) {
  Json absent = Json::array();
  for (const auto* list : {&report.absent, &report.absent_tasks}) {
    for (const Absent& one : *list)
      absent.push_back({{"name", one.name}, {"why", one.why.message}, {"fix", one.why.hint}});
  }
  Json failures = Json::array();
  for (const Failure& one : report.failures)
    failures.push_back({{"workload", report.tasks[one.task].name},
                        {"competitor", report.competitors[one.competitor].name},
                        {"message", one.message}});
  const Json json = {{"schema_version", kSchemaVersion},
                     {"command", "overhead"},
                     {"environment",
                      {{"latimer_version", report.latimer_version},
                       {"kernel", report.host.kernel},
                       {"machine", report.host.machine},
                       {"hostname", report.host.hostname},
                       {"cpus", report.host.cpus},
                       {"cpu_model", report.cpu_model}}},
                     {"seed", report.seed},
                     {"rounds", report.rounds},
                     {"rounds_done", report.rounds_done},
                     {"runs", report.runs},
                     {"repeated", report.repeated},
                     {"disturbed", report.disturbed},
                     {"duration_ns", report.wall_ns},
                     {"competitors", competitors_of(report)},
                     {"workloads", workloads_of(report)},
                     {"limits", limits_of(report)},
                     {"absent", std::move(absent)},
                     {"failures", std::move(failures)},
                     {"ended_early", report.ended_early.empty() ? Json() : Json(report.ended_early)},
                     {"failed", report.failed()}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace latimer::overhead
