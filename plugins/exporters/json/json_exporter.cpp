#include "plugins/exporters/json/json_exporter.h"

#include <nlohmann/json.hpp>

#include "core/model/text_escape.h"

namespace latimer {
namespace {

// Ordered: fields come in the order of docs/schema.md, so that two reports can be compared with diff.
using Json = nlohmann::ordered_json;

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

template <typename Strings>
Json escaped_array(const Strings& strings) {
  Json array = Json::array();
  for (const auto& text : strings) array.push_back(escape_bytes(text));
  return array;
}

Json counts_object(const std::map<std::string, std::uint64_t>& counts) {
  Json object = Json::object();
  for (const auto& [name, count] : counts) object[escape_bytes(name)] = count;
  return object;
}

Json target_json(const TargetInfo& target) {
  return {{"kind", target.kind},     {"argv", escaped_array(target.argv)},
          {"pids", target.pids},     {"pattern", escape_bytes(target.pattern)},
          {"follow", target.follow}, {"filter", escape_bytes(target.filter)}};
}

Json anchor_json(const ClockAnchor& anchor) {
  return {{"monotonic_ns", anchor.monotonic_ns}, {"realtime_ns", anchor.realtime_ns}};
}

Json environment_json(const EnvironmentInfo& environment) {
  const ClockInfo& clock = environment.clock;
  return {{"latimer_version", escape_bytes(environment.latimer_version)},
          {"kernel", escape_bytes(environment.kernel)},
          {"machine", escape_bytes(environment.machine)},
          {"hostname", escape_bytes(environment.hostname)},
          {"cpus", environment.cpus},
          {"tool", environment.tool.empty() ? Json(nullptr) : Json(escape_bytes(environment.tool))},
          {"clock",
           {{"domain", clock.domain == ClockDomain::monotonic ? "monotonic" : "realtime"},
            {"resolution_ns", clock.resolution_ns},
            {"start", anchor_json(clock.start)},
            {"end", anchor_json(clock.end)}}}};
}

Json lines_json(const std::optional<LineLedger>& lines) {
  if (!lines) return nullptr;
  return {{"total", lines->total},
          {"records", lines->records},
          {"ignored", counts_object(lines->ignored)},
          {"rejected", counts_object(lines->rejected)},
          {"first_rejected", escaped_array(lines->first_rejected)}};
}

Json ledger_json(const Ledger& ledger) {
  Json lost = Json::object();
  for (std::size_t i = 0; i < kLossReasonNames.size(); ++i)
    lost[std::string(kLossReasonNames[i])] = or_null(ledger.lost[i]);
  return {{"enters", or_null(ledger.enters)},
          {"exits", or_null(ledger.exits)},
          {"completed", or_null(ledger.completed)},
          {"in_flight", or_null(ledger.in_flight)},
          {"no_return", or_null(ledger.no_return)},
          {"child_returns", or_null(ledger.child_returns)},
          {"refused", or_null(ledger.refused)},
          {"began_before_attach", or_null(ledger.began_before_attach)},
          {"lost_enters", or_null(ledger.lost_enters)},
          {"lost_exits", or_null(ledger.lost_exits)},
          {"lost", std::move(lost)},
          {"lines", lines_json(ledger.lines)},
          {"total_lost", ledger.total_lost()},
          {"enter_residual", or_null(ledger.enter_residual())},
          {"exit_residual", or_null(ledger.exit_residual())},
          {"balanced", ledger.balanced()},
          {"live", ledger.live}};
}

Json key_json(const Subject& subject) {
  Json key = {{"by", std::string(to_string(subject.kind))}};
  switch (subject.kind) {
    case GroupBy::none:
      return nullptr;
    case GroupBy::thread:
    case GroupBy::process:
      key["pid"] = subject.pid;
      if (subject.kind == GroupBy::thread) key["tid"] = subject.tid;
      key["start_ns"] = subject.epoch == 0 ? Json(nullptr) : Json(subject.epoch);
      break;
    case GroupBy::cgroup:
      key["id"] = subject.id;
      break;
    case GroupBy::comm:
      break;
  }
  key["name"] = escape_bytes(subject.name);
  key["exited"] = subject.exited;
  return key;
}

Json buckets_json(const std::vector<HistogramBucket>& buckets) {
  Json array = Json::array();
  for (const HistogramBucket& bucket : buckets) {
    array.push_back({{"lo_ns", bucket.lo_ns}, {"hi_ns", or_null(bucket.hi_ns)}, {"count", bucket.count}});
  }
  return array;
}

Json row_json(const SyscallRow& row) {
  Json errors = Json::object();
  for (const ErrorCount& error : row.errors) errors[error.name] = error.count;
  return {{"abi", std::string(to_string(row.abi))},
          {"number", row.number},
          {"name", row.name},
          {"key", key_json(row.subject)},
          {"waiting", row.waiting},
          {"class", std::string(to_string(row.latency_class))},
          {"count", row.count},
          {"logical_count", or_null(row.logical_count)},
          {"killed_inside", or_null(row.killed_inside)},
          {"errors", std::move(errors)},
          {"total_ns", or_null(row.total_ns)},
          {"min_ns", or_null(row.min_ns)},
          {"max_ns", or_null(row.max_ns)},
          {"avg_ns", or_null(row.avg_ns)},
          {"p50_ns", or_null(row.p50_ns)},
          {"p90_ns", or_null(row.p90_ns)},
          {"p95_ns", or_null(row.p95_ns)},
          {"p99_ns", or_null(row.p99_ns)},
          {"p999_ns", or_null(row.p999_ns)},
          {"error_bound", or_null(row.error_bound)},
          {"in_flight", row.in_flight},
          {"histogram", buckets_json(row.histogram)},
          {"log2", buckets_json(row.log2)},
          {"untimed", row.untimed},
          {"error_count", row.error_count},
          {"extremes_exact", row.extremes_exact}};
}

Json verdict_json(const std::optional<Verdict>& verdict) {
  if (!verdict) return nullptr;
  return {{"kind", verdict->kind},
          {"sentence", escape_bytes(verdict->sentence)},
          {"user_cpu_ns", or_null(verdict->user_cpu_ns)},
          {"system_cpu_ns", or_null(verdict->system_cpu_ns)},
          {"working_ns", verdict->working_ns},
          {"io_ns", verdict->io_ns},
          {"waiting_ns", verdict->waiting_ns},
          {"wall_ns", verdict->wall_ns}};
}

Json overhead_json(const OverheadInfo& overhead) {
  return {{"ns_per_call", or_null(overhead.ns_per_call)},
          {"measured_calls", or_null(overhead.measured_calls)},
          {"share", or_null(overhead.share)},
          {"tracer_cpu_ns", or_null(overhead.tracer_cpu_ns)},
          {"own_cpu_ns", or_null(overhead.own_cpu_ns)},
          {"own_rss_bytes", or_null(overhead.own_rss_bytes)},
          {"kernel_bytes", or_null(overhead.kernel_bytes)},
          {"note", escape_bytes(overhead.note)}};
}

Json in_flight_json(const std::vector<InFlightCall>& calls) {
  Json array = Json::array();
  for (const InFlightCall& call : calls) {
    array.push_back({{"abi", std::string(to_string(call.abi))},
                     {"number", call.number},
                     {"name", call.name},
                     {"waiting", call.waiting},
                     {"pid", call.pid},
                     {"tid", call.tid},
                     {"comm", escape_bytes(call.comm)},
                     {"age_ns", call.age_ns},
                     {"at_least", call.at_least}});
  }
  return array;
}

Json interval_json(const std::optional<IntervalInfo>& interval) {
  if (!interval) return nullptr;
  return {{"index", interval->index},
          {"start_ns", interval->start_ns},
          {"end_ns", interval->end_ns},
          {"merged", interval->merged}};
}

Json report_json(const Report& report) {
  Json rows = Json::array();
  for (const SyscallRow& row : report.syscalls) rows.push_back(row_json(row));
  return {{"schema_version", report.schema_version},
          {"command", report.command},
          {"backend", report.backend},
          {"mode", report.mode},
          {"complete", report.complete},
          {"target", target_json(report.target)},
          {"environment", environment_json(report.environment)},
          {"duration_ns", report.duration_ns},
          {"exit_status", or_null(report.exit_status)},
          {"ledger", ledger_json(report.ledger)},
          {"syscalls", std::move(rows)},
          {"verdict", verdict_json(report.verdict)},
          {"overhead", overhead_json(report.overhead)},
          {"warnings", escaped_array(report.warnings)},
          {"end_reason", escape_bytes(report.end_reason)},
          {"by", std::string(to_string(report.by))},
          {"in_flight", in_flight_json(report.in_flight)},
          {"rows_hidden", or_null(report.rows_hidden)},
          {"interval", interval_json(report.interval)}};
}

class JsonExporter final : public Exporter {
 public:
  [[nodiscard]] std::string_view name() const override { return "json"; }
  [[nodiscard]] bool machine_readable() const override { return true; }

  [[nodiscard]] Result<std::string> serialize(const Report& report, const ExportOptions&) const override {
    try {
      return report_json(report).dump() + "\n";
    } catch (const nlohmann::json::exception& error) {
      return Error{Errc::internal, std::string("the report cannot be written as JSON: ") + error.what(), ""};
    }
  }
};

}  // namespace

std::unique_ptr<Exporter> make_json_exporter() { return std::make_unique<JsonExporter>(); }

}  // namespace latimer
