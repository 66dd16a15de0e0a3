#include "core/engine/report_builder.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "core/engine/verdict.h"
#include "core/model/errno_table.h"
#include "core/model/syscall_class.h"
#include "core/model/syscall_table.h"
#include "core/stats/modes.h"
#include "core/sys/host_info.h"

namespace latimer {
namespace {

constexpr std::uint64_t kFastBelowNs = 10'000;
constexpr std::uint64_t kMediumUpToNs = 100'000;

LatencyClass classify(bool waiting, std::optional<std::uint64_t> avg_ns) {
  if (!avg_ns) return LatencyClass::unknown;
  if (waiting) return LatencyClass::blocking;
  if (*avg_ns < kFastBelowNs) return LatencyClass::fast;
  return *avg_ns <= kMediumUpToNs ? LatencyClass::medium : LatencyClass::slow;
}

// A number of the source's own is a name that our tables do not know.
std::string call_name(const ForeignNames& names, Abi abi, std::int32_t number) {
  const auto found = names.calls.find(number);
  return found == names.calls.end() ? syscall_name(abi, number) : found->second;
}

std::string error_name(const ForeignNames& names, std::int32_t number) {
  const auto found = names.errors.find(number);
  return found == names.errors.end() ? errno_name(number) : found->second;
}

std::vector<HistogramBucket> as_buckets(const std::vector<Bar>& bars) {
  std::vector<HistogramBucket> buckets;
  buckets.reserve(bars.size());
  for (const Bar& bar : bars) buckets.push_back({bar.lo_ns, bar.hi_ns, bar.count});
  return buckets;
}

// `step_ns`: what the last digit of the durations stands for.
void fill_modes(SyscallRow& row, const Histogram& latency, std::uint64_t step_ns) {
  for (const Mode& mode : find_modes(latency, step_ns))
    row.modes.push_back({mode.share, mode.lo_ns, mode.hi_ns, mode.p50_ns});
}

void fill_latency(SyscallRow& row, const Histogram& latency) {
  if (latency.count() == 0) return;
  row.total_ns = latency.sum();
  row.min_ns = latency.min();
  row.max_ns = latency.max();
  row.avg_ns = latency.sum() / latency.count();
  row.p50_ns = latency.quantile(0.5);
  row.p90_ns = latency.quantile(0.9);
  row.p95_ns = latency.quantile(0.95);
  row.p99_ns = latency.quantile(0.99);
  row.p999_ns = latency.quantile(0.999);
  row.extremes_exact = latency.extremes_exact();
  row.error_bound = latency.error_bound();
  row.histogram = as_buckets(bucket_view(latency));
  row.log2 = as_buckets(log2_view(latency));
}

void fill_gaps(SyscallRow& row, const Histogram& gaps) {
  if (gaps.count() == 0) return;
  row.gaps = GapFigures{gaps.count(),
                        gaps.sum(),
                        gaps.min().value_or(0),
                        gaps.max().value_or(0),
                        gaps.quantile(0.5).value_or(0),
                        gaps.quantile(0.99).value_or(0)};
}

// What a summary of the tracer's says beside what was seen call by call.
void fill_table(SyscallRow& row, const Tabulated& table) {
  if (table.errors > 0) row.errors.push_back({"(not named)", table.errors});
  if (row.count != table.count || !table.total_ns) {
    row.untimed += table.count;
    return;
  }
  row.total_ns = table.total_ns;
  row.min_ns = table.min_ns;
  row.max_ns = table.max_ns;
  if (table.count > 0) row.avg_ns = *table.total_ns / table.count;
}

SyscallRow make_row(const Capture& capture, const SyscallKey& key, const SyscallStats& stats) {
  const ForeignNames& names = capture.source.names;
  SyscallRow row;
  row.abi = key.abi;
  row.number = std::max(key.number, -1);
  row.name = call_name(names, key.abi, key.number);
  row.subject = key.subject;
  row.waiting = is_waiting_call(key.abi, key.number);
  row.count = stats.count();
  row.logical_count = stats.logical_count();
  row.untimed = stats.untimed;
  if (stats.killed_known) row.killed_inside = stats.killed_inside;
  for (const auto& [number, count] : stats.errors) row.errors.push_back({error_name(names, number), count});
  std::stable_sort(row.errors.begin(), row.errors.end(),
                   [](const ErrorCount& a, const ErrorCount& b) { return a.count > b.count; });
  row.error_count = stats.error_count();
  fill_latency(row, stats.latency);
  fill_gaps(row, stats.gaps);
  if (stats.table) fill_table(row, *stats.table);
  fill_modes(row, stats.latency, capture.source.log ? capture.source.log->duration_step_ns : 1);
  row.latency_class = classify(row.waiting, row.avg_ns);
  return row;
}

std::uint64_t sort_value(const SyscallRow& row, SortKey key) {
  switch (key) {
    case SortKey::total:
      return row.total_ns.value_or(0);
    case SortKey::count:
      return row.count;
    case SortKey::avg:
      return row.avg_ns.value_or(0);
    case SortKey::max:
      return row.max_ns.value_or(0);
    case SortKey::p99:
      return row.p99_ns.value_or(0);
    case SortKey::errors:
      return row.error_count;
    case SortKey::name:
      return 0;
  }
  return 0;
}

// Ties (all of them, for --sort name) go by count, then by name, so that the order is the same in every run.
void sort_rows(std::vector<SyscallRow>& rows, SortKey key) {
  std::sort(rows.begin(), rows.end(), [key](const SyscallRow& a, const SyscallRow& b) {
    const auto left = sort_value(a, key);
    const auto right = sort_value(b, key);
    if (left != right) return left > right;
    if (key != SortKey::name && a.count != b.count) return a.count > b.count;
    if (a.name != b.name) return a.name < b.name;
    if (a.abi != b.abi) return a.abi < b.abi;
    return a.subject < b.subject;
  });
}

// A key may be in flight only: then it has a row with count 0, so that nobody has to look for it elsewhere.
std::vector<SyscallRow> make_rows(const Capture& capture, bool count_only) {
  const Snapshot& snapshot = capture.snapshot;
  std::map<SyscallKey, std::uint64_t> in_flight;
  for (const InFlight& call : snapshot.in_flight) ++in_flight[call.key];
  std::vector<SyscallRow> rows;
  for (const auto& [key, stats] : snapshot.stats) {
    if (stats.empty() && !in_flight.contains(key)) continue;
    rows.push_back(make_row(capture, key, stats));
    if (const auto found = in_flight.find(key); found != in_flight.end()) {
      rows.back().in_flight = found->second;
      in_flight.erase(found);
    }
  }
  if (count_only) return rows;
  for (const auto& [key, count] : in_flight) {
    rows.push_back(make_row(capture, key, SyscallStats{}));
    rows.back().in_flight = count;
  }
  return rows;
}

std::vector<InFlightCall> make_in_flight(const Capture& capture) {
  std::vector<InFlightCall> calls;
  calls.reserve(capture.snapshot.in_flight.size());
  for (const InFlight& call : capture.snapshot.in_flight) {
    const SyscallKey& key = call.key;
    calls.push_back({key.abi, std::max(key.number, -1), call_name(capture.source.names, key.abi, key.number),
                     is_waiting_call(key.abi, key.number), call.pid, call.tid, call.comm, call.age_ns,
                     call.at_least});
  }
  std::sort(calls.begin(), calls.end(), [](const InFlightCall& a, const InFlightCall& b) {
    return std::pair(b.age_ns, a.tid) < std::pair(a.age_ns, b.tid);
  });
  return calls;
}

void hide_youngest_in_flight(Report& report) {
  if (report.in_flight.size() <= kMostInFlightCalls) return;
  report.in_flight_hidden = report.in_flight.size() - kMostInFlightCalls;
  report.in_flight.resize(kMostInFlightCalls);
}

TargetInfo describe_target(const ReportContext& context) {
  TargetInfo info;
  info.pattern = context.target_text;
  info.filter = context.request->filter.selects_all() ? "" : context.request->filter.text();
  std::visit(
      [&info](const auto& target) {
        using T = std::decay_t<decltype(target)>;
        if constexpr (std::is_same_v<T, CommandTarget>) {
          info.kind = "command";
          info.argv = target.argv;
          info.follow = target.follow;
        } else if constexpr (std::is_same_v<T, PidTarget>) {
          info.kind = "pid";
          info.pids = target.pids;
          info.follow = target.follow;
        } else if constexpr (std::is_same_v<T, CommTarget>) {
          info.kind = "comm";
        } else if constexpr (std::is_same_v<T, CgroupTarget>) {
          info.kind = "cgroup";
          info.pattern = target.path;
        } else if constexpr (std::is_same_v<T, LogTarget>) {
          info.kind = "log";
          info.inputs = target.inputs;
        } else {
          info.kind = "host";
        }
      },
      context.request->target);
  return info;
}

EnvironmentInfo describe_environment(const ReportContext& context, const Capture& capture) {
  EnvironmentInfo info;
  const HostInfo host = read_host_info();
  info.latimer_version = context.version;
  info.kernel = host.kernel;
  info.machine = host.machine;
  info.hostname = host.hostname;
  info.cpus = host.cpus;
  info.tool = context.tool;
  info.clock = {context.backend->clock, context.backend->resolution_ns, capture.start_anchor,
                capture.end_anchor};
  return info;
}

OverheadInfo describe_overhead(const SourceCost& cost, std::uint64_t calls, std::uint64_t duration_ns) {
  OverheadInfo info;
  info.ns_per_call = cost.ns_per_call;
  info.measured_calls = cost.measured_calls;
  info.tracer_cpu_ns = cost.tracer_cpu_ns;
  info.kernel_bytes = cost.kernel_bytes;
  info.note = cost.unknown_reason;
  if (cost.ns_per_call && duration_ns > 0) {
    info.share = *cost.ns_per_call * static_cast<double>(calls) / static_cast<double>(duration_ns);
  }
  const OwnUsage own = read_own_usage();
  info.own_cpu_ns = own.cpu_ns;
  info.own_rss_bytes = own.peak_rss_bytes;
  return info;
}

std::string describe_end(const Capture& capture) {
  std::string text(to_string(capture.end));
  if (capture.error) text += ": " + capture.error->message;
  return text;
}

// What no tracer of system calls sees is said where it may matter.
void warn_of_blind_spots(Report& report) {
  for (const SyscallRow& row : report.syscalls) {
    if (row.name != "io_uring_enter" || row.count + row.in_flight == 0) continue;
    report.warnings.push_back(
        "io_uring was used: what it read and wrote by itself is not in these numbers, only the calls that "
        "submit to it and wait for it");
    return;
  }
}

// What to do about a loss, by LossReason; empty: the message of the source says it already.
std::string_view advice_on(LossReason reason) {
  switch (reason) {
    case LossReason::ring_full:
      return "the buffer between kernel and user space was full: give a larger --ring-size, select fewer "
             "calls "
             "with -e, or let the kernel add up (--mode aggregate)";
    case LossReason::map_full:
      return "the kernel's tables had no room for new rows: give a larger --map-memory, or a coarser --by";
    case LossReason::errno_full:
      return "the kernel's table of errors was full, so errors by name are too few: give a larger "
             "--map-memory";
    case LossReason::storage:
      return "the kernel had no memory for the start records of some tasks";
    case LossReason::recursion:
      return "the kernel skipped Latimer's programs because one was already running on that CPU: kernels "
             "whose "
             "tracepoints can be preempted (7.x) do this under load; counts are too low by as many";
    case LossReason::mismatch:
      return "entry and exit of a task did not name the same call: something between changed it";
    case LossReason::tool_reported:
      return "entries and exits were lost by the tracer itself, whose buffer was full: give a larger "
             "--ring-size, "
             "or select fewer calls with -e";
    case LossReason::half_told:
      return "the tracer told the beginning of a call or its end, but not both, or neither "
             "of a call that the kernel counted: those calls count, without a duration; where the end is "
             "missing, an error is missing too";
    case LossReason::hidden:
      return "a process executed a program that changes user or group, or may not be read: the kernel hides "
             "from perf what it does from then on; -b ebpf sees it";
    case LossReason::skipped:
      return "perf trace did not tell of some calls that the kernel counted: it passes over what "
             "arrives while it notes how far it has read; --perf-mode record does not";
    case LossReason::back_pressure:
      return "";
  }
  return "";
}

void advise_on_losses(Report& report) {
  for (std::size_t i = 0; i < report.ledger.lost.size(); ++i) {
    std::string_view advice = advice_on(static_cast<LossReason>(i));
    const auto reason = static_cast<LossReason>(i);
    if (report.log && reason == LossReason::tool_reported) advice = "";
    const bool tool_lost =
        report.ledger.lost[static_cast<std::size_t>(LossReason::tool_reported)].value_or(0) > 0;
    if (tool_lost && reason == LossReason::mismatch) continue;  // it follows from that
    if (report.log && reason == LossReason::mismatch)
      advice = "the log has the beginning of a call or its end, but not both, and the thread goes on";
    if (report.ledger.lost[i].value_or(0) == 0 || advice.empty()) continue;
    report.warnings.push_back(fmt::format("{} {}: {}", *report.ledger.lost[i], kLossReasonNames[i], advice));
  }
}

// A trace knows where it was made.
void take_origin(Report& report, const TraceOrigin& origin) {
  const std::vector<std::string> inputs = std::move(report.target.inputs);
  const ClockInfo clock = report.environment.clock;
  if (!origin.backend.empty()) report.backend = origin.backend;
  report.environment = origin.environment;
  report.environment.clock.start = clock.start;
  report.environment.clock.end = clock.end;
  report.target.inputs = inputs;
  if (!origin.target.kind.empty()) report.recorded = origin.target;
}

}  // namespace

std::optional<SortKey> parse_sort_key(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, SortKey>, 7> kKeys = {{{"total", SortKey::total},
                                                                                 {"count", SortKey::count},
                                                                                 {"avg", SortKey::avg},
                                                                                 {"max", SortKey::max},
                                                                                 {"p99", SortKey::p99},
                                                                                 {"errors", SortKey::errors},
                                                                                 {"name", SortKey::name}}};
  for (const auto& [name, key] : kKeys) {
    if (name == text) return key;
  }
  return std::nullopt;
}

Report build_report(const ReportContext& context, const Capture& capture) {
  const CaptureRequest& request = *context.request;
  Report report;
  report.command = context.command;
  report.backend = context.backend->name;
  report.mode =
      request.mode == CaptureMode::aggregate && context.backend->can_aggregate ? "aggregate" : "stream";
  report.complete = capture.source.ledger.complete() && capture.end != EndReason::failed &&
                    (!capture.source.log || capture.source.log->whole);
  report.target = describe_target(context);
  report.environment = describe_environment(context, capture);
  report.recorded_elsewhere = capture.source.log && !capture.source.origin;
  if (capture.source.origin) take_origin(report, *capture.source.origin);
  report.duration_ns = capture.observed_ns;
  report.log = capture.source.log;
  if (capture.command_status) report.exit_status = capture.command_status->shell_code();
  report.end_reason = describe_end(capture);
  report.by = request.by;
  report.ledger = capture.source.ledger;
  report.syscalls = make_rows(capture, !request.timing);
  report.in_flight = make_in_flight(capture);
  report.warnings = capture.source.warnings;
  warn_of_blind_spots(report);
  advise_on_losses(report);
  // Of some calls nothing can be said of the whole.
  // A log does not tell the CPU time, without which nothing can be said.
  if (request.timing && (!report.log || capture.source.cpu) && report.duration_ns &&
      request.filter.selects_all())
    report.verdict = judge(report.syscalls, report.in_flight, capture.source.cpu, *report.duration_ns,
                           context.backend->stops_target);
  hide_youngest_in_flight(report);
  std::uint64_t calls = 0;
  for (const SyscallRow& row : report.syscalls) calls += row.count;
  report.overhead = describe_overhead(capture.source.cost, calls, report.duration_ns.value_or(0));
  sort_rows(report.syscalls, context.sort);
  if (context.top && report.syscalls.size() > *context.top) {
    report.rows_hidden = report.syscalls.size() - *context.top;
    report.syscalls.resize(*context.top);
  }
  return report;
}

}  // namespace latimer
