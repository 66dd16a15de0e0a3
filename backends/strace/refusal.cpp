#include "backends/strace/refusal.h"

#include <unistd.h>

#include "core/sys/proc.h"

namespace latimer::strace {
namespace {

constexpr const char* kYama = "/proc/sys/kernel/yama/ptrace_scope";

// Yama's ptrace_scope (Documentation/admin-guide/LSM/Yama.rst); 0 where there is no Yama.
int ptrace_scope() {
  const std::optional<std::string> text = read_setting(kYama);
  return text && !text->empty() ? text->front() - '0' : 0;
}

std::string name_of(std::int32_t pid) {
  const std::optional<std::string> comm = comm_of(pid);
  return std::to_string(pid) + (comm ? " (" + *comm + ")" : "");
}

Error yama_forbids() {
  return Error{Errc::permission, "ptrace is switched off on this system: kernel.yama.ptrace_scope is 3",
               "it can only be changed by booting with another value in /etc/sysctl.d"};
}

}  // namespace

Error explain_refusal(std::int32_t pid, const std::string& text) {
  const std::optional<TaskStatus> status = status_of(pid);
  if (!status || text == "No such process")
    return Error{Errc::target_gone, "process " + std::to_string(pid) + " ended before strace could attach",
                 ""};
  if (const auto stat = stat_of(pid); stat && stat->state == 'Z')
    return Error{Errc::target_gone, "process " + name_of(pid) + " has ended (a zombie)",
                 "its parent has not waited for it yet"};
  const std::string what = "strace may not trace process " + name_of(pid);
  if (status->tracer != 0) {
    return Error{Errc::unavailable, what + ": it is being traced by process " + name_of(status->tracer),
                 "end that tracer first"};
  }
  const int scope = ptrace_scope();
  if (scope >= 3) return yama_forbids();
  if (has_capability(kCapSysPtrace)) {
    return Error{Errc::permission, what + ": " + text,
                 "in a container, start it with --cap-add SYS_PTRACE; kernel threads and process 1 of the "
                 "host cannot be traced"};
  }
  if (status->uid != ::geteuid()) {
    return Error{Errc::permission,
                 what + ": it belongs to another user, and the capability CAP_SYS_PTRACE is missing",
                 "run latimer as root (sudo latimer ...)"};
  }
  if (scope >= 1) {
    return Error{Errc::permission, what + ": kernel.yama.ptrace_scope is " + std::to_string(scope),
                 "run latimer as root, or allow it: sudo sysctl kernel.yama.ptrace_scope=0"};
  }
  return Error{Errc::permission, what + ": " + text,
               "the process has more privileges than Latimer, or made itself untraceable: run latimer as "
               "root. In a container: --cap-add SYS_PTRACE"};
}

Error obstacles_for_children() {
  const int scope = ptrace_scope();
  if (scope >= 3) return yama_forbids();
  if (scope == 2 && !has_capability(kCapSysPtrace)) {
    return Error{Errc::permission, "only CAP_SYS_PTRACE may trace: kernel.yama.ptrace_scope is 2",
                 "run latimer as root, or allow it: sudo sysctl kernel.yama.ptrace_scope=1"};
  }
  return Error{Errc::internal, "", ""};
}

}  // namespace latimer::strace
