#include "core/engine/process_targets.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "core/sys/proc.h"

namespace latimer {

Result<ProcessTargets> ProcessTargets::open(const Target& target, bool traced) {
  ProcessTargets targets;
  Status opened;
  if (const auto* command = std::get_if<CommandTarget>(&target)) opened = targets.launch(*command, traced);
  if (const auto* pids = std::get_if<PidTarget>(&target)) opened = targets.find(*pids);
  if (!opened) return std::move(opened).error();
  return targets;
}

Status ProcessTargets::launch(const CommandTarget& target, bool traced) {
  Result<std::string> path = resolve_command(target.argv.front());
  if (!path) return std::move(path).error();
  HeldOptions options;
  options.path = *path;
  options.argv = target.argv;
  options.user = target.user;
  options.allow_tracing = traced;
  Result<ChildProcess> child = ChildProcess::spawn_held(options);
  if (!child) return std::move(child).error();
  command_ = *std::move(child);
  pids_ = {command_.pid()};
  follow_ = target.follow;
  until_exit_ = target.until_exit;
  return {};
}

Status ProcessTargets::find(const PidTarget& target) {
  for (const std::int32_t pid : target.pids) {
    const std::string name = std::to_string(pid);
    const std::optional<TaskStatus> status = status_of(pid);
    if (!status) return Error{Errc::not_found, "no such process: " + name, ""};
    if (status->tgid != pid) {
      return Error{Errc::usage, name + " is a thread of process " + std::to_string(status->tgid),
                   "use -p " + std::to_string(status->tgid)};
    }
    if (pid == ::getpid()) return Error{Errc::usage, "Latimer cannot trace itself", ""};
    UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U)));
    if (!pidfd) return Error{Errc::not_found, "no such process: " + name, ""};
    pidfds_.push_back(std::move(pidfd));
    pids_.push_back(pid);
  }
  follow_ = target.follow;
  return {};
}

bool ProcessTargets::over() {
  if (launched()) return (until_exit_ || !follow_) && command_.try_wait().has_value();
  if (follow_) return false;
  return std::all_of(pidfds_.begin(), pidfds_.end(), [](const UniqueFd& fd) {
    pollfd item{fd.get(), POLLIN, 0};
    return ::poll(&item, 1, 0) > 0;
  });
}

std::optional<std::int32_t> ProcessTargets::command_pid() const {
  if (!command_.valid()) return std::nullopt;
  return command_.pid();
}

std::optional<TargetCpu> ProcessTargets::command_cpu() {
  if (!launched() || !command_.try_wait() || !command_.cpu()) return std::nullopt;
  return TargetCpu{command_.cpu()->user_ns, command_.cpu()->system_ns};
}

}  // namespace latimer
