#include "backends/perftrace/refusal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>

#include "core/model/text_escape.h"
#include "core/sys/proc.h"

namespace latimer::perftrace {
namespace {

constexpr const char* kParanoid = "/proc/sys/kernel/perf_event_paranoid";
constexpr const char* kFolders[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};
constexpr const char* kId = "/events/raw_syscalls/sys_enter/id";

// Tracepoints need -1, or the capability (perf_event_open(2), and perf_security.rst for CAP_PERFMON).
bool may_use_tracepoints() {
  if (has_capability(kCapPerfmon) || has_capability(kCapSysAdmin)) return true;
  const std::optional<std::string> text = read_setting(kParanoid);
  int level = 2;
  if (text) std::from_chars(text->data(), text->data() + text->size(), level);
  return level <= -1;
}

}  // namespace

ProbeCheck check_tracefs() {
  ProbeCheck check;
  check.what = "tracefs, where the kernel describes its tracepoints";
  for (const char* folder : kFolders) {
    if (::access((std::string(folder) + kId).c_str(), R_OK) == 0) {
      check.detail = folder;
      return check;
    }
  }
  const bool mounted = ::access((std::string(kFolders[0]) + "/events").c_str(), F_OK) == 0;
  const bool hidden = ::access(kFolders[0], X_OK) != 0;
  check.outcome = mounted || hidden ? ProbeCheck::Outcome::fails : ProbeCheck::Outcome::missing;
  if (hidden && ::access(kFolders[0], F_OK) == 0) {
    check.detail = "it may not be read by this user";
    check.fix = "run latimer as root, or: sudo mount -o remount,mode=755 /sys/kernel/tracing";
  } else if (mounted) {
    check.detail = "there is no raw_syscalls:sys_enter in it that could be read";
    check.fix = "run latimer as root; a kernel without CONFIG_FTRACE_SYSCALLS has none";
  } else {
    check.detail = "it is not mounted";
    check.fix = "sudo mount -t tracefs nodev /sys/kernel/tracing";
  }
  return check;
}

ProbeCheck check_permission() {
  ProbeCheck check;
  check.what = "permission to use tracepoints";
  if (may_use_tracepoints()) {
    check.detail = has_capability(kCapSysAdmin)  ? "CAP_SYS_ADMIN"
                   : has_capability(kCapPerfmon) ? "CAP_PERFMON"
                                                 : "kernel.perf_event_paranoid is -1";
    return check;
  }
  check.outcome = ProbeCheck::Outcome::fails;
  check.detail = fmt::format("kernel.perf_event_paranoid is {} and the capability CAP_PERFMON is missing",
                             read_setting(kParanoid).value_or("unknown"));
  check.fix =
      "run latimer as root, or: sudo sysctl kernel.perf_event_paranoid=-1 (and make tracefs readable)";
  return check;
}

Error explain_refusal(std::string_view what, std::string_view messages) {
  for (const ProbeCheck& check : {check_tracefs(), check_permission()}) {
    if (check.outcome != ProbeCheck::Outcome::works)
      return Error{Errc::permission, fmt::format("perf cannot watch: {}: {}", check.what, check.detail),
                   check.fix};
  }
  std::string said;
  for (std::size_t at = 0; at < messages.size();) {
    const std::size_t end = std::min(messages.find('\n', at), messages.size());
    const std::string_view line = messages.substr(at, end - at);
    at = end + 1;
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    said += (said.empty() ? "" : "; ") + escape_bytes(line);
  }
  if (messages.find("No such process") != std::string_view::npos ||
      messages.find("ESRCH") != std::string_view::npos)
    return Error{Errc::target_gone, "the process ended before perf could attach", ""};
  return Error{Errc::unavailable,
               fmt::format("{} did not begin: {}", what, said.empty() ? "it said nothing" : said),
               "latimer doctor -b perftrace tries what perf needs"};
}

}  // namespace latimer::perftrace
