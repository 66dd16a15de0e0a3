#include "core/engine/trace_recorder.h"

#include <utility>

#include "core/model/errno_table.h"
#include "core/model/syscall_table.h"
#include "core/model/text_escape.h"
#include "core/record/report_json.h"
#include "core/record/trace_format.h"

namespace latimer {
namespace {

// Rows wait until there are this many bytes, or this long: what a killed recorder loses.
constexpr std::size_t kBufferBytes = 256 << 10;
constexpr std::chrono::milliseconds kLongestWait{500};

// A row that is no call: its first column, and JSON among the arguments.
std::string meta_row(std::string_view what, const Json& json) {
  std::string row(what);
  row.append(kTraceColumns - 2, ',');
  append_quoted(row, json.dump());
  row.append(",\n");
  return row;
}

Json cpu_json(const Report& report) {
  if (!report.verdict) return nullptr;
  return {{"user_ns", or_null(report.verdict->user_cpu_ns)},
          {"system_ns", or_null(report.verdict->system_cpu_ns)}};
}

Json beginning_json(const Report& report) {
  return {{"format", kTraceFormat},
          {"version", kTraceVersion},
          {"backend", report.backend},
          {"command", report.command},
          {"target", target_json(report.target)},
          {"environment", environment_json(report.environment)}};
}

}  // namespace

Result<std::unique_ptr<TraceRecorder>> TraceRecorder::create(const TraceFileOptions& options,
                                                             const Report& beginning,
                                                             const EventSource& names) {
  const ClockInfo& clock = beginning.environment.clock;
  const std::int64_t offset = clock.start.realtime_ns - clock.start.monotonic_ns;
  std::unique_ptr<TraceRecorder> recorder(new TraceRecorder(names, offset));
  TraceEnds ends;
  ends.begin = [json = beginning_json(beginning)](unsigned part) mutable {
    json["part"] = part;
    return trace_header() + "\n" + meta_row(kTraceBegin, json);
  };
  ends.end = [self = recorder.get()](unsigned part, bool last) { return self->end_row(part, last); };
  auto file = TraceFile::create(options, std::move(ends));
  if (!file) return std::move(file).error();
  recorder->file_ = std::move(file).value();
  recorder->buffer_.reserve(kBufferBytes + 4096);
  return recorder;
}

std::string TraceRecorder::end_row(unsigned part, bool last) const {
  if (last && !conclusion_.empty()) return conclusion_;
  return meta_row(kTraceEnd, {{"part", part}, {"rows", part_rows_}, {"continues", !last}});
}

void TraceRecorder::event(const SyscallEvent& event) {
  switch (event.kind) {
    case EventKind::forked:
    case EventKind::ended:
    case EventKind::new_run:
    case EventKind::child_return:
    case EventKind::gap:
      return;
    default:
      break;
  }
  const ForeignNames& foreign = names_.foreign_names();
  std::string name_text, error_text;
  std::string_view name = syscall_name_or_empty(event.abi, event.number);
  if (name.empty()) {
    const auto found = foreign.calls.find(event.number);
    name_text = found != foreign.calls.end() ? found->second : syscall_name(event.abi, event.number);
    name = name_text;
  }
  std::string_view error;
  if (event.error != 0) {
    const auto found = foreign.errors.find(event.error);
    error_text = found != foreign.errors.end() ? found->second : errno_name(event.error);
    error = error_text;
  }
  const bool monotonic = event.clock == ClockDomain::monotonic;
  append_trace_row(buffer_, event, monotonic ? to_realtime_ns_ : 0, name, error);
  ++rows_;
  ++part_rows_;
  if (buffer_.size() >= kBufferBytes) flush();
}

void TraceRecorder::pause() {
  if (std::chrono::steady_clock::now() - flushed_ >= kLongestWait) flush();
}

void TraceRecorder::flush() {
  flushed_ = std::chrono::steady_clock::now();
  if (failure_ || buffer_.empty()) return;
  const std::size_t files = file_->paths().size();
  const std::string path = file_->paths().back();
  if (Status written = file_->write(buffer_); !written) failure_ = written.error();
  buffer_.clear();
  if (file_->paths().size() != files || file_->paths().back() != path) part_rows_ = 0;
}

Status TraceRecorder::finish(const Report& report, std::uint64_t cut_paths) {
  flush();
  if (failure_) return *failure_;
  Json in_flight = Json::array();
  for (const InFlightCall& call : report.in_flight) in_flight.push_back(in_flight_json(call));
  conclusion_ = meta_row(kTraceEnd, {{"rows", part_rows_},
                                     {"continues", false},
                                     {"all_rows", rows_},
                                     {"complete", report.complete},
                                     {"end_reason", escape_bytes(report.end_reason)},
                                     {"duration_ns", or_null(report.duration_ns)},
                                     {"exit_status", or_null(report.exit_status)},
                                     {"ledger", ledger_json(report.ledger)},
                                     {"clock_end",
                                      {{"monotonic_ns", report.environment.clock.end.monotonic_ns},
                                       {"realtime_ns", report.environment.clock.end.realtime_ns}}},
                                     {"cpu", cpu_json(report)},
                                     {"cut_paths", cut_paths},
                                     {"in_flight", std::move(in_flight)},
                                     {"in_flight_hidden", report.in_flight_hidden},
                                     {"warnings", escaped_array(report.warnings)}});
  return file_->finish();
}

}  // namespace latimer
