#include "backends/ebpf/probe.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>

#include "backends/ebpf/kernel_version.h"
#include "backends/ebpf/preemption.h"
#include "backends/ebpf/programs.h"
#include "core/sys/fd_util.h"
#include "core/sys/host_info.h"
#include "core/sys/proc.h"
#include "core/sys/unique_fd.h"

namespace latimer::ebpf {
namespace {

constexpr const char* kBtf = "/sys/kernel/btf/vmlinux";
// Task storage for tracing programs: kernel commit a10787e6d58c, 5.13.
constexpr KernelVersion kOldest{5, 13};
constexpr KernelVersion kWithPtRegs{5, 15};  // bpf_task_pt_regs: kernel commit dd6e10fbd9fb

ProbeCheck check(std::string what, std::string detail) {
  return {std::move(what), ProbeCheck::Outcome::works, std::move(detail), "", true};
}

ProbeCheck failed(std::string what, ProbeCheck::Outcome outcome, std::string detail, std::string fix) {
  return {std::move(what), outcome, std::move(detail), std::move(fix), true};
}

ProbeCheck check_version() {
  const std::string release = read_host_info().kernel;
  if (kernel_version(release) >= kOldest) return check("Linux 5.13 or newer", release);
  return failed(
      "Linux 5.13 or newer", ProbeCheck::Outcome::fails,
      fmt::format("{}: tracing programs have no task storage before 5.13, and start records would get lost",
                  release),
      "use a newer kernel, or -b strace");
}

ProbeCheck check_btf() {
  if (access(kBtf, R_OK) == 0) return check("BTF of the kernel", kBtf);
  return failed("BTF of the kernel", ProbeCheck::Outcome::missing,
                fmt::format("{}: {}; the programs cannot be fitted to this kernel", kBtf, errno_text(errno)),
                "use a kernel built with CONFIG_DEBUG_INFO_BTF=y (distributions' kernels are), or -b strace");
}

// Capabilities of another user namespace are not asked for by bpf(2). Number: PROC_USER_INIT_INO,
// linux/proc_ns.h.
bool in_initial_user_namespace() {
  constexpr ino_t kInitial = 0xEFFFFFFD;
  struct stat own {};
  return stat("/proc/self/ns/user", &own) != 0 || own.st_ino == kInitial;
}

ProbeCheck check_capabilities() {
  if (!in_initial_user_namespace()) {
    return failed("CAP_BPF and CAP_PERFMON", ProbeCheck::Outcome::missing,
                  "those of a user namespace (a rootless container) do not permit BPF",
                  "run it on the host as root; -b strace works here");
  }
  if (has_capability(kCapSysAdmin)) return check("CAP_BPF and CAP_PERFMON", "root or CAP_SYS_ADMIN");
  const bool bpf = has_capability(kCapBpf);
  const bool perfmon = has_capability(kCapPerfmon);
  if (bpf && perfmon) return check("CAP_BPF and CAP_PERFMON", "both are there");
  return failed(
      "CAP_BPF and CAP_PERFMON", ProbeCheck::Outcome::missing,
      fmt::format("{} missing", bpf       ? "CAP_PERFMON is"
                                : perfmon ? "CAP_BPF is"
                                          : "both are"),
      "run it as root (sudo latimer ...), or: sudo setcap cap_bpf,cap_perfmon+ep \"$(command -v latimer)\"");
}

// Traces a child for real and holds what was counted against itself.
ProbeCheck check_trace(Backend& backend) {
  const std::string what = "loading, attaching, tracing /bin/true";
  const auto problem = [&what](const Error& error) {
    return failed(what, ProbeCheck::Outcome::fails, error.message, error.hint);
  };
  CaptureRequest request;
  request.target = CommandTarget{{"/bin/true"}, std::nullopt, true, false};
  Result<std::unique_ptr<EventSource>> source = backend.open(request);
  if (!source) return problem(source.error());
  if (Status started = (*source)->start(); !started) return problem(started.error());
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  Batch batch;
  Result<Next> next = (*source)->next(batch, limit);
  (*source)->stop();
  if (!next) return problem(next.error());
  if (*next != Next::end)
    return problem({Errc::unavailable, "the end of the child was not seen within 10 s", ""});
  const Result<Snapshot> snapshot = (*source)->snapshot();
  if (!snapshot.ok()) return problem(snapshot.error());
  const Ledger ledger = (*source)->stats().ledger;
  std::uint64_t calls = 0;
  for (const auto& [key, stats] : snapshot.value().stats) calls += stats.count();
  if (calls == 0) return problem({Errc::unavailable, "the child was traced, but no call was seen", ""});
  if (!ledger.complete())
    return problem({Errc::unavailable, "the child was traced, but calls were lost", ""});
  return check(what, fmt::format("{} calls seen, none lost", calls));
}

void check_features(ProbeReport& report) {
  ProbeCheck asleep = check("calls that began before attaching", "shown with their age");
  asleep.required = false;
  if (kernel_version(report.version) < kWithPtRegs) {
    asleep.outcome = ProbeCheck::Outcome::missing;
    asleep.detail = "needs Linux 5.15: a process that hangs all the while is not shown as in flight";
  }
  report.checks.push_back(asleep);
  if (tracepoints_are_preemptible()) {
    ProbeCheck steady = check("calls of threads that take turns on a CPU", "seen by classic tracepoints");
    steady.required = false;
    if (!classic_tracepoints_usable()) {
      steady.outcome = ProbeCheck::Outcome::missing;
      steady.detail = kSkippedUnderLoad;
      steady.fix = "run as root, and: mount -t tracefs tracefs /sys/kernel/tracing";
    }
    report.checks.push_back(steady);
  }
  ProbeCheck cost = check("measuring Latimer's own cost", "BPF run-time statistics");
  cost.required = false;
  const UniqueFd stats(bpf_enable_stats(BPF_STATS_RUN_TIME));
  if (!stats) {
    cost.outcome = ProbeCheck::Outcome::missing;
    cost.detail = fmt::format("{}: reports say that the cost is not known", errno_text(errno));
    cost.fix = "run as root; CAP_SYS_ADMIN is needed for this alone";
  }
  report.checks.push_back(cost);
}

}  // namespace

Status check_kernel() {
  for (const ProbeCheck& one : {check_version(), check_btf(), check_capabilities()}) {
    if (one.outcome == ProbeCheck::Outcome::works) continue;
    const Errc code = one.what.starts_with("CAP") ? Errc::permission : Errc::unsupported;
    return Error{code, fmt::format("ebpf cannot be used here: {}: {}", one.what, one.detail), one.fix};
  }
  return {};
}

ProbeReport probe(Backend& backend, bool thorough) {
  ProbeReport report;
  report.version = read_host_info().kernel;
  report.checks = {check_version(), check_btf(), check_capabilities()};
  if (!report.available() || !thorough) return report;
  report.checks.push_back(check_trace(backend));
  if (report.available()) check_features(report);
  return report;
}

}  // namespace latimer::ebpf
