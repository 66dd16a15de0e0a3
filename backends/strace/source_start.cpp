// How a live capture begins: the target is checked, the command held, strace attached, the command released.
#include <sys/syscall.h>
#include <unistd.h>
#include <csignal>

#include "backends/strace/refusal.h"
#include "backends/strace/source.h"
#include "core/sys/clock_anchor.h"
#include "core/sys/fd_util.h"
#include "core/sys/proc.h"

namespace latimer::strace {
namespace {

constexpr std::size_t kPipeBytes = std::size_t{1}
                                   << 20;  // what an unprivileged user may have (pipe-max-size)
constexpr std::size_t kQueueBytes = std::size_t{64} << 20;  // text that may wait for the session
constexpr std::chrono::seconds kAttachLimit{20};

Error cannot_select(std::string what) {
  return Error{Errc::usage, "strace cannot observe " + std::move(what),
               "use -p PID or a command, or -b ebpf"};
}

}  // namespace

Result<std::unique_ptr<EventSource>> LiveSource::open(const Tool& tool, const CaptureRequest& request) {
  std::unique_ptr<LiveSource> source(new LiveSource(tool, request));
  if (request.by == GroupBy::cgroup)
    return Error{Errc::usage, "strace does not know cgroups", "use -b ebpf for --by cgroup"};
  Status prepared;
  if (const auto* command = std::get_if<CommandTarget>(&request.target)) {
    prepared = source->prepare_command(*command);
  } else if (const auto* pids = std::get_if<PidTarget>(&request.target)) {
    prepared = source->prepare_pids(*pids);
  } else {
    prepared = cannot_select(std::holds_alternative<HostTarget>(request.target)   ? "the whole host"
                             : std::holds_alternative<CommTarget>(request.target) ? "processes by name"
                                                                                  : "cgroups");
  }
  if (!prepared) return std::move(prepared).error();
  return std::unique_ptr<EventSource>(std::move(source));
}

Status LiveSource::prepare_command(const CommandTarget& target) {
  if (Error obstacle = obstacles_for_children(); !obstacle.message.empty()) return obstacle;
  Result<std::string> path = resolve_command(target.argv.front());
  if (!path) return std::move(path).error();
  if (!has_capability(kCapSysPtrace)) {
    if (const std::string privileges = privileges_of_file(*path); !privileges.empty()) {
      warn(*path + " " + privileges +
           ", which has no effect under strace without CAP_SYS_PTRACE: the run may differ from an untraced "
           "one");
    }
  }
  HeldOptions options;
  options.path = *path;
  options.argv = target.argv;
  options.user = target.user;
  options.allow_tracing = true;
  Result<ChildProcess> child = ChildProcess::spawn_held(options);
  if (!child) return std::move(child).error();
  command_ = *std::move(child);
  pids_ = {command_.pid()};
  return {};
}

Status LiveSource::prepare_pids(const PidTarget& target) {
  for (const std::int32_t pid : target.pids) {
    const std::string name = std::to_string(pid);
    const std::optional<TaskStatus> status = status_of(pid);
    if (!status) return Error{Errc::not_found, "no such process: " + name, ""};
    if (status->tgid != pid) {
      return Error{Errc::usage, name + " is a thread of process " + std::to_string(status->tgid),
                   "use -p " + std::to_string(status->tgid)};
    }
    if (pid == ::getpid()) return Error{Errc::usage, "Latimer cannot trace itself", ""};
    if (status->tracer != 0) return explain_refusal(pid, "");
    UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U)));
    if (!pidfd) return Error{Errc::not_found, "no such process: " + name, ""};
    pidfds_.push_back(std::move(pidfd));
    pids_.push_back(pid);
  }
  return {};
}

Status LiveSource::start() {
  note_targets();
  if (Status launched = launch_strace(); !launched) return launched;
  drain_->wait_attached(std::chrono::steady_clock::now() + kAttachLimit);
  if (Status attached = check_attached(); !attached) return attached;
  if (!command_.valid()) {
    warn_about_missed_threads();
    return {};
  }
  if (Status released = command_.release(); !released) return abort_start(std::move(released).error());
  return {};
}

// The tasks that are there before strace is: who they are, and what they are asleep in, which attaching will
// disturb.
void LiveSource::note_targets() {
  TranslatorOptions options;
  options.filter = request_.filter;
  options.pairing.by = request_.by;
  CallOptions call{pids_, trace_expression(request_.filter), request_.by != GroupBy::none};
  options.layout = make_invocation(tool_, call).layout;
  if (const auto* command = std::get_if<CommandTarget>(&request_.target)) {
    options.pairing.follow = command->follow;
    options.held_pid = command_.pid();
  } else {
    options.pairing.follow = std::get<PidTarget>(request_.target).follow;
  }
  translator_ = std::make_unique<Translator>(std::move(options), &oracle_);
  for (const std::int32_t pid : pids_) {
    for (const std::int32_t tid : threads_of(pid)) {
      Task& task = translator_->pairing().tasks().add_target(tid, pid);
      if (command_.valid()) continue;
      task.attached_in = syscall_of(tid);
      task.attached_ns = realtime_ns();
    }
  }
  cpu_.start(pids_);
}

Status LiveSource::launch_strace() {
  Result<Pipe> output = make_pipe();
  if (!output) return std::move(output).error();
  Result<Pipe> errors = make_pipe();
  if (!errors) return std::move(errors).error();
  const std::size_t capacity = grow_pipe(output->write.get(), kPipeBytes);
  const Invocation call =
      make_invocation(tool_, {pids_, trace_expression(request_.filter), request_.by != GroupBy::none});
  SpawnOptions options;
  options.path = tool_.path;
  options.argv = call.argv;
  options.environment = call.environment;
  options.stdout_fd = output->write.get();
  options.stderr_fd = errors->write.get();
  options.parent_death_signal = SIGKILL;
  options.own_process_group = true;  // Ctrl-C is for Latimer to act on: it makes strace detach
  Result<ChildProcess> child = ChildProcess::spawn(options);
  if (!child) return std::move(child).error();
  output->write.reset();
  errors->write.reset();
  const std::lock_guard lock(strace_mutex_);
  strace_ = *std::move(child);
  drain_ =
      std::make_unique<Drain>(std::move(output->read), capacity, std::move(errors->read), pids_, kQueueBytes);
  return {};
}

Status LiveSource::check_attached() {
  const Messages messages = drain_->messages();
  std::size_t attached = 0;
  Error first{Errc::internal, "", ""};
  for (const auto& [pid, answer] : messages.attach) {
    if (answer.empty()) {
      ++attached;
      continue;
    }
    const bool silent = answer == "no answer";
    Error error =
        silent ? Error{Errc::unavailable, "strace did not attach to process " + std::to_string(pid), ""}
               : explain_refusal(pid, answer);
    if (silent && !messages.other.empty()) error.message += ": " + messages.other.front();
    if (error.code == Errc::target_gone) warn(error.message);
    if (first.message.empty() || first.code == Errc::target_gone) first = std::move(error);
  }
  // A process that ended meanwhile is no reason to leave the others alone; one that may not be traced is.
  if (first.message.empty() || (first.code == Errc::target_gone && attached > 0)) return {};
  return abort_start(std::move(first));
}

Status LiveSource::abort_start(Error error) {
  stop();
  (void)strace_.wait(std::chrono::steady_clock::now() + std::chrono::seconds(10));
  ended_ = true;
  return error;
}

// strace lists the threads once; one that was made while it did so by a thread that it had not reached yet
// stays untraced.
void LiveSource::warn_about_missed_threads() {
  std::size_t missed = 0;
  for (const std::int32_t pid : pids_) {
    for (const std::int32_t tid : threads_of(pid)) {
      const std::optional<TaskStatus> status = status_of(tid);
      if (status && status->tracer == 0) ++missed;
    }
  }
  if (missed > 0)
    warn(std::to_string(missed) +
         " threads were made while strace attached and are not traced: their calls are missing");
}

}  // namespace latimer::strace
