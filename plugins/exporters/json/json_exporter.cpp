#include "plugins/exporters/json/json_exporter.h"

#include <utility>

#include "core/model/text_escape.h"
#include "core/record/report_json.h"
#include "plugins/exporters/json/analysis_json.h"

namespace latimer {
namespace {

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

Json modes_json(const std::vector<LatencyMode>& modes) {
  Json array = Json::array();
  for (const LatencyMode& mode : modes) {
    array.push_back(
        {{"share", mode.share}, {"lo_ns", mode.lo_ns}, {"hi_ns", mode.hi_ns}, {"p50_ns", mode.p50_ns}});
  }
  return array;
}

Json gaps_json(const std::optional<GapFigures>& gaps) {
  if (!gaps) return nullptr;
  return {{"count", gaps->count},   {"total_ns", gaps->total_ns}, {"min_ns", gaps->min_ns},
          {"max_ns", gaps->max_ns}, {"p50_ns", gaps->p50_ns},     {"p99_ns", gaps->p99_ns}};
}

Json log_json(const std::optional<LogInfo>& log) {
  if (!log) return nullptr;
  Json inputs = Json::array();
  for (const LogInput& input : log->inputs) {
    inputs.push_back({{"name", escape_bytes(input.name)},
                      {"compression", input.compression.empty() ? Json(nullptr) : Json(input.compression)},
                      {"bytes", input.bytes},
                      {"size", or_null(input.size)},
                      {"columns", input.columns}});
  }
  return {{"inputs", std::move(inputs)},
          {"input_count", log->input_count},
          {"whole", log->whole},
          {"text_bytes", log->text_bytes},
          {"runs", log->runs},
          {"durations", log->durations},
          {"duration_step_ns", log->duration_step_ns},
          {"span_ns", or_null(log->span_ns)},
          {"start_realtime_ns", or_null(log->start_realtime_ns)},
          {"end_realtime_ns", or_null(log->end_realtime_ns)},
          {"tabulated", log->tabulated}};
}

Json row_json(const SyscallRow& row) {
  Json errors = Json::object();
  for (const ErrorCount& error : row.errors) errors[escape_bytes(error.name)] = error.count;
  return {{"abi", std::string(to_string(row.abi))},
          {"number", row.number},
          {"name", escape_bytes(row.name)},
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
          {"extremes_exact", row.extremes_exact},
          {"modes", modes_json(row.modes)},
          {"gaps", gaps_json(row.gaps)}};
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

Json distribution_json(const Distribution& one) {
  Json bars = Json::array();
  for (const DistributionBar& bar : one.bars)
    bars.push_back({{"lo_ns", bar.lo_ns}, {"hi_ns", or_null(bar.hi_ns)}, {"count", bar.count}});
  Json modes = Json::array();
  for (const DistributionMode& mode : one.modes)
    modes.push_back({{"share", mode.share}, {"p50_ns", mode.p50_ns}});
  return {{"call", escape_bytes(one.call)},
          {"group", one.group.empty() ? Json(nullptr) : Json(escape_bytes(one.group))},
          {"count", one.count},
          {"untimed", one.untimed},
          {"total_ns", one.total_ns},
          {"min_ns", or_null(one.min_ns)},
          {"p50_ns", or_null(one.p50_ns)},
          {"p90_ns", or_null(one.p90_ns)},
          {"p95_ns", or_null(one.p95_ns)},
          {"p99_ns", or_null(one.p99_ns)},
          {"p999_ns", or_null(one.p999_ns)},
          {"max_ns", or_null(one.max_ns)},
          {"bars_exact", one.bars_exact},
          {"bars", std::move(bars)},
          {"modes", std::move(modes)}};
}

Json interval_json(const std::optional<IntervalInfo>& interval) {
  if (!interval) return nullptr;
  return {{"index", interval->index},
          {"start_ns", interval->start_ns},
          {"end_ns", interval->end_ns},
          {"merged", interval->merged}};
}

// The report is written field by field and row by row: of 100,000 rows the tree alone would take a gigabyte.
class Writer {
 public:
  void field(std::string_view name, const Json& value) { raw(name, value.dump()); }

  template <typename Items, typename ToJson>
  void array(std::string_view name, const Items& items, ToJson to_json) {
    raw(name, "[");
    bool first = true;
    for (const auto& item : items) {
      if (!std::exchange(first, false)) text_ += ',';
      text_ += to_json(item).dump();
    }
    text_ += ']';
  }

  [[nodiscard]] std::string finish() { return std::move(text_ += "}\n"); }

 private:
  void raw(std::string_view name, std::string_view value) {
    text_ += text_.empty() ? '{' : ',';
    text_ += Json(name).dump();
    text_ += ':';
    text_ += value;
  }
  std::string text_;
};

std::string report_json(const Report& report) {
  Writer out;
  out.field("schema_version", report.schema_version);
  out.field("command", report.command);
  out.field("backend", report.backend);
  out.field("mode", report.mode);
  out.field("complete", report.complete);
  out.field("target", target_json(report.target));
  if (report.recorded) out.field("recorded", target_json(*report.recorded));
  out.field("environment", environment_json(report.environment));
  out.field("duration_ns", or_null(report.duration_ns));
  out.field("exit_status", or_null(report.exit_status));
  out.field("ledger", ledger_json(report.ledger));
  out.array("syscalls", report.syscalls, row_json);
  out.field("verdict", verdict_json(report.verdict));
  out.field("overhead", overhead_json(report.overhead));
  out.field("warnings", escaped_array(report.warnings));
  out.field("end_reason", escape_bytes(report.end_reason));
  out.field("by", std::string(to_string(report.by)));
  out.array("in_flight", report.in_flight, in_flight_json);
  out.field("rows_hidden", or_null(report.rows_hidden));
  out.field("interval", interval_json(report.interval));
  out.field("in_flight_hidden", report.in_flight_hidden);
  out.field("log", log_json(report.log));
  if (report.command == "histogram") out.array("distributions", report.distributions, distribution_json);
  if (report.analysis) out.field("analysis", analysis_json(*report.analysis));
  return out.finish();
}

class JsonExporter final : public Exporter {
 public:
  [[nodiscard]] std::string_view name() const override { return "json"; }
  [[nodiscard]] bool machine_readable() const override { return true; }

  [[nodiscard]] Result<std::string> serialize(const Report& report, const ExportOptions&) const override {
    try {
      return report_json(report);
    } catch (const nlohmann::json::exception& error) {
      return Error{Errc::internal, std::string("the report cannot be written as JSON: ") + error.what(), ""};
    }
  }
};

}  // namespace

std::unique_ptr<Exporter> make_json_exporter() { return std::make_unique<JsonExporter>(); }

}  // namespace latimer
