#include "backends/perftrace/perftrace_backend.h"

#include <optional>
#include <string>

#include "backends/perftrace/file_source.h"
#include "backends/perftrace/interference.h"
#include "backends/perftrace/record_source.h"
#include "backends/perftrace/refusal.h"
#include "backends/perftrace/tool.h"
#include "backends/perftrace/trace_source.h"
#include "core/engine/trial.h"
#include "core/record/content_kind.h"

namespace latimer {
namespace {

using perftrace::Tool;

class PerftraceBackend : public Backend {
 public:
  PerftraceBackend();
  [[nodiscard]] const BackendDescriptor& descriptor() const override { return descriptor_; }
  [[nodiscard]] bool recognizes(std::string_view beginning) const override {
    return content_kind(beginning) == ContentKind::perf_data ||
           perftrace::text_kind(beginning) != perftrace::TextKind::other;
  }
  ProbeReport probe(bool thorough) override;
  Result<std::unique_ptr<EventSource>> open(const CaptureRequest& request) override;

 private:
  Result<Tool> tool();
  void probe_child(ProbeReport& report, PerfMode mode);

  BackendDescriptor descriptor_;
  std::optional<Tool> tool_;  // looked for once
};

PerftraceBackend::PerftraceBackend() {
  descriptor_.name = "perftrace";
  descriptor_.summary = "the perf program: its tracepoints of raw_syscalls, recorded and then read";
  descriptor_.sees =
      "every call of a command, of processes or of the host; 32-bit calls under the names of 64-bit ones; no "
      "signals";
  descriptor_.costs =
      "a third of a microsecond a call, and disk space while it records: some 220 bytes a call";
  descriptor_.privileges = "root or CAP_PERFMON, and a readable tracefs";
  descriptor_.clock = ClockDomain::monotonic;
  descriptor_.can_select_host = true;
  descriptor_.has_ring = true;
  descriptor_.reads_logs = true;
  descriptor_.groups = {GroupBy::process, GroupBy::thread, GroupBy::comm};
}

Result<Tool> PerftraceBackend::tool() {
  if (!tool_) {
    Result<Tool> found = perftrace::find_tool();
    if (!found) return found;
    tool_ = *std::move(found);
  }
  return *tool_;
}

ProbeReport PerftraceBackend::probe(bool thorough) {
  ProbeReport report;
  ProbeCheck program;
  program.what = "perf 5.10 or newer";
  const Result<Tool> found = tool();
  if (found.ok()) {
    report.version = "perf " + found->version_text;
    program.detail = found->path + ", version " + found->version_text;
  } else {
    program.outcome =
        found.error().code == Errc::not_found ? ProbeCheck::Outcome::missing : ProbeCheck::Outcome::fails;
    program.detail = found.error().message;
    program.fix = found.error().hint;
  }
  report.checks.push_back(std::move(program));
  report.checks.push_back(perftrace::check_tracefs());
  report.checks.push_back(perftrace::check_permission());
  if (thorough) report.checks.push_back(perftrace::check_interference());
  if (!thorough || !report.available()) return report;
  probe_child(report, PerfMode::record);
  probe_child(report, PerfMode::live);
  return report;
}

void PerftraceBackend::probe_child(ProbeReport& report, PerfMode mode) {
  ProbeCheck run;
  run.what = mode == PerfMode::record ? "recording /bin/true" : "tracing /bin/true";
  run.required = mode == PerfMode::record;
  CaptureRequest request;
  request.mode = CaptureMode::stream;
  request.perf_mode = mode;
  const Result<std::uint64_t> calls = calls_of_a_child(*this, request);
  if (calls.ok()) {
    run.detail = std::to_string(calls.value()) + " calls seen";
  } else {
    run.outcome = ProbeCheck::Outcome::fails;
    run.detail = calls.error().message;
    run.fix = calls.error().hint;
  }
  report.checks.push_back(std::move(run));
}

Result<std::unique_ptr<EventSource>> PerftraceBackend::open(const CaptureRequest& request) {
  if (std::holds_alternative<LogTarget>(request.target)) return perftrace::FileSource::open(request);
  const bool by_name = std::holds_alternative<CommTarget>(request.target);
  if (by_name || std::holds_alternative<CgroupTarget>(request.target))
    return Error{Errc::usage,
                 std::string("perf cannot select processes ") +
                     (by_name ? "by name (--comm)" : "of a cgroup (--cgroup)"),
                 "use -b ebpf, or -p PID"};
  const Result<Tool> found = tool();
  if (!found.ok()) return found.error();
  if (request.perf_mode == PerfMode::live) return perftrace::TraceSource::open(*found, request);
  return perftrace::RecordSource::open(*found, request);
}

}  // namespace

std::unique_ptr<Backend> make_perftrace_backend() { return std::make_unique<PerftraceBackend>(); }

}  // namespace latimer
