#include "backends/bpftrace/bpftrace_backend.h"

#include <optional>
#include <string>

#include "backends/bpftrace/file_source.h"
#include "backends/bpftrace/live_source.h"
#include "backends/bpftrace/refusal.h"
#include "backends/bpftrace/tool.h"
#include "core/engine/trial.h"

namespace latimer {
namespace {

using bpftrace::Tool;

class BpftraceBackend : public Backend {
 public:
  BpftraceBackend();
  [[nodiscard]] const BackendDescriptor& descriptor() const override { return descriptor_; }
  [[nodiscard]] bool recognizes(std::string_view beginning) const override {
    return bpftrace::is_output(beginning) || bpftrace::announces_output(beginning);
  }
  ProbeReport probe(bool thorough) override;
  Result<std::unique_ptr<EventSource>> open(const CaptureRequest& request) override;

 private:
  Result<Tool> tool();
  void probe_child(ProbeReport& report);

  BackendDescriptor descriptor_;
  std::optional<Tool> tool_;  // looked for once
};

BpftraceBackend::BpftraceBackend() {
  descriptor_.name = "bpftrace";
  descriptor_.summary =
      "the bpftrace program: its tracepoints, joined in the kernel, a record for every call";
  descriptor_.sees = "every call of both ABIs, refused ones, and calls that began before it came; no signals";
  descriptor_.costs = "0.2 us for the joining and a wake-up of bpftrace for each record: 1 to 10 us a call";
  descriptor_.privileges = "root, tracefs, and a kernel with BTF; not in a pid namespace";
  descriptor_.clock = ClockDomain::monotonic;
  descriptor_.can_select_host = true;
  descriptor_.has_ring = true;
  descriptor_.reads_logs = true;
  descriptor_.groups = {GroupBy::process, GroupBy::thread, GroupBy::comm};
}

Result<Tool> BpftraceBackend::tool() {
  if (!tool_) {
    Result<Tool> found = bpftrace::find_tool();
    if (!found) return found;
    tool_ = *std::move(found);
  }
  return *tool_;
}

ProbeReport BpftraceBackend::probe(bool thorough) {
  ProbeReport report;
  ProbeCheck program;
  program.what = "bpftrace 0.17 or newer";
  const Result<Tool> found = tool();
  if (found.ok()) {
    report.version = "bpftrace " + found->version_text;
    program.detail = found->path + ", version " + found->version_text;
  } else {
    program.outcome =
        found.error().code == Errc::not_found ? ProbeCheck::Outcome::missing : ProbeCheck::Outcome::fails;
    program.detail = found.error().message;
    program.fix = found.error().hint;
  }
  report.checks.push_back(std::move(program));
  for (ProbeCheck& check : bpftrace::check_host()) report.checks.push_back(std::move(check));
  if (thorough && report.available()) probe_child(report);
  return report;
}

void BpftraceBackend::probe_child(ProbeReport& report) {
  ProbeCheck run;
  run.what = "watching /bin/true";
  CaptureRequest request;
  request.mode = CaptureMode::stream;
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

Result<std::unique_ptr<EventSource>> BpftraceBackend::open(const CaptureRequest& request) {
  if (std::holds_alternative<LogTarget>(request.target)) return bpftrace::FileSource::open(request);
  const Result<Tool> found = tool();
  if (!found.ok()) return found.error();
  return bpftrace::LiveSource::open(*found, request);
}

}  // namespace

std::unique_ptr<Backend> make_bpftrace_backend() { return std::make_unique<BpftraceBackend>(); }

}  // namespace latimer
