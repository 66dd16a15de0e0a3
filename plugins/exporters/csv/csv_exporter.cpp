#include "plugins/exporters/csv/csv_exporter.h"

#include <fmt/format.h>
#include <array>

#include "core/model/text_escape.h"

namespace latimer {
namespace {

enum Column : std::size_t {
  kRecord,
  kInterval,
  kStartNs,
  kEndNs,
  kAbi,
  kNumber,
  kName,
  kPid,
  kTid,
  kSubjectId,
  kSubject,
  kWaiting,
  kClass,
  kCount,
  kLogicalCount,
  kUntimed,
  kKilledInside,
  kErrorCount,
  kErrors,
  kTotalNs,
  kMinNs,
  kMaxNs,
  kAvgNs,
  kP50Ns,
  kP90Ns,
  kP95Ns,
  kP99Ns,
  kP999Ns,
  kErrorBound,
  kInFlight,
  kAgeNs,
  kAtLeast,
  kMessage,
  kColumns,
};

constexpr std::array<std::string_view, kColumns> kHeader = {
    "record",        "interval",  "start_ns",      "end_ns",      "abi",     "number",   "name",
    "pid",           "tid",       "subject_id",    "subject",     "waiting", "class",    "count",
    "logical_count", "untimed",   "killed_inside", "error_count", "errors",  "total_ns", "min_ns",
    "max_ns",        "avg_ns",    "p50_ns",        "p90_ns",      "p95_ns",  "p99_ns",   "p999_ns",
    "error_bound",   "in_flight", "age_ns",        "at_least",    "message"};

// A spreadsheet takes a cell that begins with one of these for a formula. Text cells get it as \xNN, which
// the reader of the other escapes turns back as well. (Numbers of ours are never negative.)
std::string guarded(std::string text) {
  if (!text.empty() && std::string_view("=+-@").find(text.front()) != std::string_view::npos) {
    text.replace(0, 1, fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front())));
  }
  return text;
}

std::string quoted(const std::string& cell) {
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string result = "\"";
  for (const char c : cell) {
    if (c == '"') result += '"';
    result += c;
  }
  return result + '"';
}

class Row {
 public:
  Row(const Report& report, std::string_view record) {
    cells_[kRecord] = record;
    set(kStartNs, report.interval ? report.interval->start_ns : 0);
    set(kEndNs, report.interval ? std::optional(report.interval->end_ns) : report.duration_ns);
    if (report.interval) set(kInterval, report.interval->index);
  }

  void set(Column column, std::uint64_t value) { cells_[column] = fmt::format("{}", value); }
  void set(Column column, const std::optional<std::uint64_t>& value) {
    if (value) set(column, *value);
  }
  void set_int(Column column, std::int64_t value) { cells_[column] = fmt::format("{}", value); }
  void set_bool(Column column, bool value) { cells_[column] = value ? "true" : "false"; }
  void set_text(Column column, std::string_view bytes) { cells_[column] = guarded(escape_bytes(bytes)); }

  void append_to(std::string& out) const {
    for (std::size_t i = 0; i < kColumns; ++i) {
      if (i > 0) out += ',';
      out += quoted(cells_[i]);
    }
    out += "\r\n";
  }

 private:
  std::array<std::string, kColumns> cells_;
};

void set_subject(Row& row, const Subject& subject) {
  if (subject.kind == GroupBy::none) return;
  if (subject.exited) return row.set_text(kSubject, "(exited)");
  if (subject.kind == GroupBy::process || subject.kind == GroupBy::thread) row.set_int(kPid, subject.pid);
  if (subject.kind == GroupBy::thread) row.set_int(kTid, subject.tid);
  if (subject.kind == GroupBy::cgroup) row.set(kSubjectId, subject.id);
  row.set_text(kSubject, subject.name);
}

std::string errors_cell(const std::vector<ErrorCount>& errors) {
  std::string cell;
  for (const ErrorCount& error : errors)
    cell += fmt::format("{}{}={}", cell.empty() ? "" : ";", error.name, error.count);
  return cell;
}

Row syscall_row(const Report& report, const SyscallRow& source) {
  Row row(report, "syscall");
  row.set_text(kAbi, to_string(source.abi));
  row.set_int(kNumber, source.number);
  row.set_text(kName, source.name);
  set_subject(row, source.subject);
  row.set_bool(kWaiting, source.waiting);
  row.set_text(kClass, to_string(source.latency_class));
  row.set(kCount, source.count);
  row.set(kLogicalCount, source.logical_count);
  row.set(kUntimed, source.untimed);
  row.set(kKilledInside, source.killed_inside);
  row.set(kErrorCount, source.error_count);
  row.set_text(kErrors, errors_cell(source.errors));
  row.set(kTotalNs, source.total_ns);
  row.set(kMinNs, source.min_ns);
  row.set(kMaxNs, source.max_ns);
  row.set(kAvgNs, source.avg_ns);
  row.set(kP50Ns, source.p50_ns);
  row.set(kP90Ns, source.p90_ns);
  row.set(kP95Ns, source.p95_ns);
  row.set(kP99Ns, source.p99_ns);
  row.set(kP999Ns, source.p999_ns);
  if (source.error_bound) row.set_text(kErrorBound, fmt::format("{}", *source.error_bound));
  row.set(kInFlight, source.in_flight);
  return row;
}

Row in_flight_row(const Report& report, const InFlightCall& call) {
  Row row(report, "in_flight");
  row.set_text(kAbi, to_string(call.abi));
  row.set_int(kNumber, call.number);
  row.set_text(kName, call.name);
  row.set_int(kPid, call.pid);
  row.set_int(kTid, call.tid);
  row.set_text(kSubject, call.comm);
  row.set_bool(kWaiting, call.waiting);
  row.set(kAgeNs, call.age_ns);
  row.set_bool(kAtLeast, call.at_least);
  return row;
}

void append_ledger(std::string& out, const Report& report) {
  const Ledger& ledger = report.ledger;
  const auto term = [&](std::string_view name, const Count& value) {
    Row row(report, "ledger");
    row.set_text(kName, name);
    row.set(kCount, value);
    row.append_to(out);
  };
  term("enters", ledger.enters);
  term("exits", ledger.exits);
  term("completed", ledger.completed);
  term("in_flight", ledger.in_flight);
  term("no_return", ledger.no_return);
  term("child_returns", ledger.child_returns);
  term("refused", ledger.refused);
  term("began_before_attach", ledger.began_before_attach);
  term("lost_enters", ledger.lost_enters);
  term("lost_exits", ledger.lost_exits);
  for (std::size_t i = 0; i < kLossReasonNames.size(); ++i)
    term(fmt::format("lost.{}", kLossReasonNames[i]), ledger.lost[i]);
  if (!ledger.lines) return;
  term("lines", ledger.lines->total);
  term("lines.records", ledger.lines->records);
  for (const auto& [kind, count] : ledger.lines->ignored) term("lines.ignored." + kind, count);
  for (const auto& [reason, count] : ledger.lines->rejected) term("lines.rejected." + reason, count);
}

class CsvExporter final : public Exporter {
 public:
  [[nodiscard]] std::string_view name() const override { return "csv"; }
  [[nodiscard]] bool machine_readable() const override { return true; }

  [[nodiscard]] Result<std::string> serialize(const Report& report,
                                              const ExportOptions& options) const override {
    std::string out;
    if (options.interval_header) out = fmt::format("{}\r\n", fmt::join(kHeader, ","));
    for (const SyscallRow& row : report.syscalls) syscall_row(report, row).append_to(out);
    for (const InFlightCall& call : report.in_flight) in_flight_row(report, call).append_to(out);
    append_ledger(out, report);
    append_note(out, report, "complete", report.complete ? "true" : "false");
    append_note(out, report, "end", report.end_reason);
    if (report.verdict) append_note(out, report, "verdict", report.verdict->sentence);
    for (const std::string& warning : report.warnings) append_note(out, report, "warning", warning);
    return out;
  }

 private:
  static void append_note(std::string& out, const Report& report, std::string_view record,
                          std::string_view text) {
    Row row(report, record);
    row.set_text(kMessage, text);
    row.append_to(out);
  }
};

}  // namespace

std::unique_ptr<Exporter> make_csv_exporter() { return std::make_unique<CsvExporter>(); }

}  // namespace latimer
