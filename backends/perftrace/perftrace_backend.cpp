#include "backends/perftrace/perftrace_backend.h"

#include "backends/perftrace/script_source.h"
#include "core/record/content_kind.h"

namespace latimer {
namespace {

class PerftraceBackend : public Backend {
 public:
  PerftraceBackend() {
    descriptor_.name = "perftrace";
    descriptor_.summary =
        "what perf recorded of system calls: perf.data, or what perf script printed (--input)";
    descriptor_.sees = "every recorded call of the tracepoints raw_syscalls and syscalls; no signals";
    descriptor_.costs = "nothing: it was recorded before";
    descriptor_.privileges = "none; for perf.data the perf program";
    descriptor_.clock = ClockDomain::monotonic;
    descriptor_.can_launch = false;
    descriptor_.can_attach = false;
    descriptor_.reads_logs = true;
    descriptor_.groups = {GroupBy::process, GroupBy::thread, GroupBy::comm};
  }
  [[nodiscard]] const BackendDescriptor& descriptor() const override { return descriptor_; }
  [[nodiscard]] bool recognizes(std::string_view beginning) const override {
    return content_kind(beginning) == ContentKind::perf_data || perftrace::is_script(beginning);
  }
  ProbeReport probe(bool) override {
    ProbeReport report;
    ProbeCheck& files = report.checks.emplace_back();
    files.what = "files that perf script printed";
    files.detail = "no program is needed to read them";
    return report;
  }
  Result<std::unique_ptr<EventSource>> open(const CaptureRequest& request) override {
    return perftrace::ScriptSource::open(request);
  }

 private:
  BackendDescriptor descriptor_;
};

}  // namespace

std::unique_ptr<Backend> make_perftrace_backend() { return std::make_unique<PerftraceBackend>(); }

}  // namespace latimer
