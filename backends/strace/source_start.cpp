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
  const Target& target = request.target;
  if (!std::holds_alternative<CommandTarget>(target) && !std::holds_alternative<PidTarget>(target)) {
    return cannot_select(std::holds_alternative<HostTarget>(target)   ? "the whole host"
                         : std::holds_alternative<CommTarget>(target) ? "processes by name"
                                                                      : "cgroups");
  }
  if (Status prepared = source->prepare(); !prepared) return std::move(prepared).error();
  return std::unique_ptr<EventSource>(std::move(source));
}

Status LiveSource::prepare() {
  const auto* command = std::get_if<CommandTarget>(&request_.target);
  if (command != nullptr) {
    if (Error obstacle = obstacles_for_children(); !obstacle.message.empty()) return obstacle;
    if (Status looked = warn_about_privileges(command->argv.front()); !looked) return looked;
  }
  Result<ProcessTargets> targets = ProcessTargets::open(request_.target, true);
  if (!targets) return std::move(targets).error();
  targets_ = *std::move(targets);
  if (command != nullptr) return {};
  for (const std::int32_t pid : targets_.pids()) {
    const std::optional<TaskStatus> status = status_of(pid);
    if (status && status->tracer != 0) return explain_refusal(pid, "");
  }
  return {};
}

Status LiveSource::warn_about_privileges(const std::string& command) {
  if (has_capability(kCapSysPtrace)) return {};
  Result<std::string> path = resolve_command(command);
  if (!path) return std::move(path).error();
  if (const std::string privileges = privileges_of_file(*path); !privileges.empty()) {
    warn(*path + " " + privileges +
         ", which has no effect under strace without CAP_SYS_PTRACE: the run may differ from an untraced "
         "one");
  }
  return {};
}

Status LiveSource::start() {
  note_targets();
  if (Status launched = launch_strace(); !launched) return launched;
  drain_->wait_attached(std::chrono::steady_clock::now() + kAttachLimit);
  if (Status attached = check_attached(); !attached) return attached;
  if (!targets_.launched()) {
    warn_about_missed_threads();
    return {};
  }
  if (Status released = targets_.command().release(); !released)
    return abort_start(std::move(released).error());
  return {};
}

// The tasks that are there before strace is: who they are, and what they are asleep in, which attaching will
// disturb.
void LiveSource::note_targets() {
  TranslatorOptions options;
  options.filter = request_.filter;
  options.pairing.by = request_.by;
  options.pairing.births = request_.details;
  CallOptions call{targets_.pids(), trace_expression(request_.filter),
                   request_.by != GroupBy::none || request_.details, request_.details};
  options.layout = make_invocation(tool_, call).layout;
  options.pairing.follow = targets_.follow();
  options.held_pid = targets_.command_pid();
  translator_ = std::make_unique<Translator>(std::move(options), &oracle_);
  for (const std::int32_t pid : targets_.pids()) {
    for (const std::int32_t tid : threads_of(pid)) {
      Task& task = translator_->pairing().tasks().add_target(tid, pid);
      if (targets_.launched()) continue;
      task.attached_in = syscall_of(tid);
      task.attached_ns = realtime_ns();
    }
  }
  cpu_.start(targets_.pids());
}

Status LiveSource::launch_strace() {
  Result<Pipe> output = make_pipe();
  if (!output) return std::move(output).error();
  Result<Pipe> errors = make_pipe();
  if (!errors) return std::move(errors).error();
  const std::size_t capacity = grow_pipe(output->write.get(), kPipeBytes);
  const Invocation call =
      make_invocation(tool_, {targets_.pids(), trace_expression(request_.filter),
                              request_.by != GroupBy::none || request_.details, request_.details});
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
  drain_ = std::make_unique<Drain>(std::move(output->read), capacity, std::move(errors->read),
                                   targets_.pids(), kQueueBytes);
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
  for (const std::int32_t pid : targets_.pids()) {
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
