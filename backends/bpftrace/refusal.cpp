#include "backends/bpftrace/refusal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "core/model/text_escape.h"
#include "core/sys/proc.h"

namespace latimer::bpftrace {
namespace {

constexpr const char* kFolders[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};
constexpr const char* kProbes[] = {"raw_syscalls/sys_enter",   "raw_syscalls/sys_exit",
                                   "sched/sched_process_fork", "sched/sched_process_exec",
                                   "sched/sched_process_exit", "signal/signal_generate"};
// PROC_PID_INIT_INO, include/linux/proc_ns.h: the pid namespace whose numbers the kernel's programs see.
constexpr std::string_view kFirstNamespace = "pid:[4026531836]";

ProbeCheck check_root() {
  ProbeCheck check;
  check.what = "root, which bpftrace insists on";
  if (::geteuid() == 0 && has_capability(kCapSysAdmin)) return check;
  check.outcome = ProbeCheck::Outcome::fails;
  check.detail =
      ::geteuid() == 0 ? "the capability CAP_SYS_ADMIN is missing" : "latimer runs as another user";
  check.fix = ::geteuid() == 0 ? "give the container CAP_SYS_ADMIN, or run latimer outside of it"
                               : "run latimer as root: sudo latimer ...";
  return check;
}

ProbeCheck check_tracefs() {
  ProbeCheck check;
  check.what = "tracefs, where the kernel describes its tracepoints";
  for (const char* folder : kFolders) {
    const std::string events = std::string(folder) + "/events/";
    if (::access((events + kProbes[0]).c_str(), F_OK) != 0) continue;
    check.detail = folder;
    for (const char* probe : kProbes) {
      if (::access((events + probe + "/id").c_str(), R_OK) == 0) continue;
      check.outcome = ProbeCheck::Outcome::fails;
      check.detail = fmt::format("{}{} is missing or may not be read", events, probe);
      check.fix = "run latimer as root, on a kernel with CONFIG_FTRACE_SYSCALLS";
      break;
    }
    return check;
  }
  const bool hidden = ::access(kFolders[0], F_OK) == 0 && ::access(kFolders[0], X_OK) != 0;
  const bool mounted = ::access((std::string(kFolders[0]) + "/events").c_str(), F_OK) == 0;
  check.outcome = hidden || mounted ? ProbeCheck::Outcome::fails : ProbeCheck::Outcome::missing;
  check.detail = hidden    ? "it may not be read by this user"
                 : mounted ? "there is no raw_syscalls:sys_enter in it"
                           : "it is not mounted";
  check.fix = hidden    ? "run latimer as root"
              : mounted ? "take a kernel with CONFIG_FTRACE_SYSCALLS"
                        : "sudo mount -t tracefs nodev /sys/kernel/tracing";
  return check;
}

ProbeCheck check_btf() {
  ProbeCheck check;
  check.what = "BTF, the kernel's description of its types";
  check.detail = "/sys/kernel/btf/vmlinux";
  if (::access(check.detail.c_str(), R_OK) == 0) return check;
  check.outcome = ProbeCheck::Outcome::missing;
  check.detail += " cannot be read";
  check.fix = "take a kernel with CONFIG_DEBUG_INFO_BTF";
  return check;
}

ProbeCheck check_namespace() {
  ProbeCheck check;
  check.what = "the host's own process ids, which bpftrace goes by";
  const auto own = pid_namespace_of(static_cast<std::int32_t>(::getpid()));
  if (own && *own == kFirstNamespace) return check;
  check.outcome = own ? ProbeCheck::Outcome::fails : ProbeCheck::Outcome::unknown;
  check.detail = own ? "Latimer runs in a pid namespace of its own, whose numbers mean nothing to bpftrace"
                     : "/proc does not tell";
  check.fix =
      own ? "run latimer on the host, or in a container with the host's pids (--pid=host)" : "mount /proc";
  return check;
}

}  // namespace

std::vector<ProbeCheck> check_host() {
  return {check_root(), check_tracefs(), check_btf(), check_namespace()};
}

std::string complaint_in(std::string_view messages) {
  std::string said;
  for (std::size_t at = 0; at < messages.size();) {
    const std::size_t end = std::min(messages.find('\n', at), messages.size());
    const std::string_view line = messages.substr(at, end - at);
    at = end + 1;
    const bool blank = line.find_first_not_of(" \t") == std::string_view::npos;
    // Kernels from 5.11 on have no such limit for programs and maps.
    if (blank || line.find("RLIMIT_MEMLOCK") != std::string_view::npos) continue;
    said += (said.empty() ? "" : "; ") + escape_bytes(line);
  }
  return said;
}

Error explain_refusal(std::string_view messages) {
  for (const ProbeCheck& check : check_host()) {
    if (check.outcome == ProbeCheck::Outcome::fails || check.outcome == ProbeCheck::Outcome::missing)
      return Error{Errc::permission, fmt::format("bpftrace cannot watch: {}: {}", check.what, check.detail),
                   check.fix};
  }
  const std::string said = complaint_in(messages);
  return Error{Errc::unavailable, "bpftrace did not begin: " + (said.empty() ? "it said nothing" : said),
               "latimer doctor -b bpftrace tries what bpftrace needs; -b ebpf does without it"};
}

}  // namespace latimer::bpftrace
