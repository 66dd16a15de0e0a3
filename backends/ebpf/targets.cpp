#include "backends/ebpf/targets.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "backends/ebpf/comm_automaton.h"
#include "core/model/text_escape.h"
#include "core/sys/fd_util.h"
#include "core/sys/proc.h"

namespace latimer::ebpf {
namespace {

UniqueFd open_pidfd(std::int32_t pid) { return UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))); }

Error no_such_target(std::int32_t pid, int error_number) {
  const std::optional<std::int32_t> process = tgid_of(pid);
  if (process && *process != pid) {
    return {Errc::not_found, fmt::format("{} is a thread of process {}, not a process", pid, *process),
            fmt::format("give -p {}: all its threads are watched", *process)};
  }
  if (error_number == ESRCH || error_number == EINVAL || error_number == ENOENT) {
    return {Errc::not_found, fmt::format("no such process: {}", pid),
            "`ps -e` lists the processes of this pid namespace"};
  }
  return {Errc::unavailable, fmt::format("cannot open process {}: {}", pid, errno_text(error_number)), ""};
}

// Kernel threads have no memory map of their own, so /proc/PID/exe cannot be read even by root (ENOENT).
bool is_kernel_thread(std::int32_t pid) {
  char buffer[2];
  const ssize_t length = readlink(fmt::format("/proc/{}/exe", pid).c_str(), buffer, sizeof(buffer));
  const std::optional<TaskStat> stat = stat_of(pid);
  return length < 0 && errno == ENOENT && stat && stat->state != 'Z' && stat->rss_bytes == 0;
}

Status exclude_self(Programs& programs) {
  const UniqueFd self = open_pidfd(getpid());
  if (!self)
    return Error{Errc::internal, fmt::format("pidfd_open of Latimer itself: {}", errno_text(errno)), ""};
  return programs.flag_task(self.get(), LAT_EXCLUDED);
}

Status announce(Programs& programs, const CommTarget& target) {
  Result<CommAutomaton> automaton = build_comm_automaton(target.pattern);
  if (!automaton) return std::move(automaton).error();
  const int fd = programs.map_fd(Programs::Map::comm_dfa);
  for (lat_u32 i = 0; i < automaton->states.size(); ++i) {
    if (bpf_map_update_elem(fd, &i, &automaton->states[i], BPF_ANY) != 0) {
      return Error{Errc::internal, fmt::format("cannot write the name automaton: {}", errno_text(errno)), ""};
    }
  }
  return {};
}

Status announce(Programs& programs, const CgroupTarget& target) {
  const UniqueFd folder(open(target.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) {
    return Error{Errc::not_found,
                 fmt::format("cannot open cgroup '{}': {}", escape_bytes(target.path), errno_text(errno)),
                 "give a folder of the cgroup v2 hierarchy (mount | grep cgroup2)"};
  }
  const lat_u32 index = 0;
  const int fd = folder.get();
  if (bpf_map_update_elem(programs.map_fd(Programs::Map::target_cgroup), &index, &fd, BPF_ANY) == 0)
    return {};
  return Error{Errc::unsupported,
               fmt::format("'{}' is no cgroup v2 folder: {}", escape_bytes(target.path), errno_text(errno)),
               "give a folder of the cgroup v2 hierarchy (mount | grep cgroup2)"};
}

}  // namespace

Result<std::vector<UniqueFd>> open_processes(const PidTarget& target) {
  std::vector<UniqueFd> processes;
  for (const std::int32_t pid : target.pids) {
    UniqueFd process = open_pidfd(pid);
    if (!process) return no_such_target(pid, errno);
    const std::optional<TaskStat> stat = stat_of(pid);
    if (stat && stat->state == 'Z' && threads_of(pid).size() <= 1) {
      return Error{Errc::target_gone, fmt::format("process {} has ended (a zombie)", pid),
                   "its parent has not waited for it yet"};
    }
    if (is_kernel_thread(pid)) {
      return Error{Errc::unsupported, fmt::format("{} is a kernel thread: it makes no system calls", pid),
                   ""};
    }
    processes.push_back(std::move(process));
  }
  return processes;
}

Status announce_targets(Programs& programs, const Target& target, const std::vector<UniqueFd>& processes) {
  for (const UniqueFd& process : processes) {
    if (Status marked = programs.flag_task(process.get(), LAT_SEED); !marked) return marked;
  }
  if (std::holds_alternative<CommandTarget>(target) || std::holds_alternative<PidTarget>(target)) return {};
  if (Status excluded = exclude_self(programs); !excluded) return excluded;
  if (const auto* comm = std::get_if<CommTarget>(&target)) return announce(programs, *comm);
  if (const auto* cgroup = std::get_if<CgroupTarget>(&target)) return announce(programs, *cgroup);
  return {};
}

Status hold_command(Programs& programs, int pidfd) { return programs.flag_task(pidfd, LAT_HELD); }

}  // namespace latimer::ebpf
