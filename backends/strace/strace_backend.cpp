#include "backends/strace/strace_backend.h"

#include <optional>

#include "backends/strace/log_source.h"
#include "backends/strace/refusal.h"
#include "backends/strace/source.h"
#include "core/engine/trial.h"
#include "core/sys/proc.h"

namespace latimer {
namespace {

using strace::Tool;

class StraceBackend : public Backend {
 public:
  StraceBackend();
  [[nodiscard]] const BackendDescriptor& descriptor() const override { return descriptor_; }
  ProbeReport probe(bool thorough) override;
  Result<std::unique_ptr<EventSource>> open(const CaptureRequest& request) override;

 private:
  Result<Tool> tool();
  void probe_child(ProbeReport& report);

  BackendDescriptor descriptor_;
  std::optional<Tool> tool_;  // looked for once
};

ProbeCheck check(std::string what) {
  ProbeCheck result;
  result.what = std::move(what);
  return result;
}

void fail(ProbeCheck& check, const Error& error) {
  check.outcome = error.code == Errc::not_found ? ProbeCheck::Outcome::missing : ProbeCheck::Outcome::fails;
  check.detail = error.message;
  check.fix = error.hint;
}

StraceBackend::StraceBackend() {
  descriptor_.name = "strace";
  descriptor_.summary = "the strace program (ptrace): works without privileges";
  descriptor_.sees = "every call of a command or of attached processes, with decoded arguments";
  descriptor_.costs =
      "stops the target twice per call (10 to 100 us each): a busy target runs many times slower";
  descriptor_.privileges =
      "none for a command of your own; for -p the same user and kernel.yama.ptrace_scope=0, or "
      "CAP_SYS_PTRACE";
  descriptor_.clock = ClockDomain::realtime;
  descriptor_.resolution_ns = 1;
  descriptor_.stops_target = true;
  descriptor_.reads_logs = true;
  descriptor_.groups = {GroupBy::process, GroupBy::thread, GroupBy::comm};
}

Result<Tool> StraceBackend::tool() {
  if (!tool_) {
    Result<Tool> found = strace::find_tool();
    if (!found) return found;
    tool_ = *std::move(found);
    if (tool_->version < strace::kLongOptions) descriptor_.resolution_ns = 1000;
  }
  return *tool_;
}

ProbeReport StraceBackend::probe(bool thorough) {
  ProbeReport report;
  ProbeCheck program = check("strace 5.0 or newer");
  const Result<Tool> found = tool();
  if (found.ok()) {
    report.version = "strace " + found->version_text;
    program.detail = found->path + ", version " + found->version_text;
  } else {
    fail(program, found.error());
  }
  report.checks.push_back(std::move(program));
  if (!found.ok()) return report;

  ProbeCheck rules = check("permission to trace one's own commands");
  if (const Error obstacle = strace::obstacles_for_children(); !obstacle.message.empty())
    fail(rules, obstacle);
  report.checks.push_back(std::move(rules));

  ProbeCheck others = check("permission to attach to running processes (-p)");
  others.required = false;
  const std::optional<std::string> scope = read_setting("/proc/sys/kernel/yama/ptrace_scope");
  if (has_capability(kCapSysPtrace)) {
    others.detail = "CAP_SYS_PTRACE: any process";
  } else if (!scope || *scope == "0") {
    others.detail = "processes of the same user";
  } else {
    others.outcome = ProbeCheck::Outcome::fails;
    others.detail = "kernel.yama.ptrace_scope is " + *scope;
    others.fix = "run latimer as root, or: sudo sysctl kernel.yama.ptrace_scope=0";
  }
  report.checks.push_back(std::move(others));
  if (thorough) probe_child(report);
  return report;
}

void StraceBackend::probe_child(ProbeReport& report) {
  ProbeCheck run = check("tracing /bin/true");
  const Result<std::uint64_t> calls = calls_of_a_child(*this, {});
  if (calls.ok()) {
    run.detail = std::to_string(calls.value()) + " calls seen";
  } else {
    fail(run, calls.error());
    run.outcome = ProbeCheck::Outcome::fails;
  }
  report.checks.push_back(std::move(run));
}

Result<std::unique_ptr<EventSource>> StraceBackend::open(const CaptureRequest& request) {
  if (std::holds_alternative<LogTarget>(request.target)) return strace::LogSource::open(request);
  const Result<Tool> found = tool();
  if (!found.ok()) return found.error();
  return strace::LiveSource::open(found.value(), request);
}

}  // namespace

std::unique_ptr<Backend> make_strace_backend() { return std::make_unique<StraceBackend>(); }

}  // namespace latimer
