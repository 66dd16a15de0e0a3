#include "backends/perftrace/trace_source.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <utility>

#include "backends/perftrace/buffer_size.h"
#include "backends/perftrace/interference.h"
#include "backends/perftrace/presence.h"
#include "backends/perftrace/refusal.h"
#include "backends/perftrace/trace_call.h"
#include "core/sys/clock_anchor.h"
#include "core/sys/fd_util.h"
#include "core/sys/proc.h"

namespace latimer::perftrace {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds kStartLimit{20};
constexpr std::chrono::seconds kEndLimit{8};  // without a word
constexpr std::size_t kPipeBytes = std::size_t{1} << 20;

TranslatorOptions translator_options(const CaptureRequest& request, const ProcessTargets& targets) {
  TranslatorOptions options;
  options.filter = request.filter;
  options.details = request.details;
  options.by = request.by;
  options.timing = request.timing;
  options.live = true;
  options.follow = targets.follow();
  if (const auto* command = std::get_if<CommandTarget>(&request.target)) options.follow = command->follow;
  return options;
}

}  // namespace

Result<std::unique_ptr<EventSource>> TraceSource::open(const Tool& tool, const CaptureRequest& request) {
  if (const auto* pids = std::get_if<PidTarget>(&request.target); pids != nullptr && pids->follow)
    return Error{Errc::usage, "perf trace does not follow the children of processes that run (--follow)",
                 "--perf-mode record follows them; or leave --follow out"};
  ProcessTargets targets;
  if (const auto* command = std::get_if<CommandTarget>(&request.target)) {
    if (Result<std::string> path = resolve_command(command->argv.front()); !path)
      return std::move(path).error();
  } else {
    Result<ProcessTargets> found = ProcessTargets::open(request.target, false);
    if (!found) return std::move(found).error();
    targets = *std::move(found);
  }
  return std::unique_ptr<EventSource>(new TraceSource(tool, request, std::move(targets)));
}

TraceSource::TraceSource(Tool tool, const CaptureRequest& request, ProcessTargets targets)
    : tool_(std::move(tool)),
      request_(request),
      aggregates_(request.mode == CaptureMode::aggregate),
      targets_(std::move(targets)),
      translator_(translator_options(request, targets_), &oracle_),
      sums_(request.by),
      never_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

TraceSource::~TraceSource() {
  if (!perf_.valid() || perf_.try_wait()) return;
  (void)perf_.kill(SIGKILL);
  (void)perf_.wait(SteadyClock::time_point::max());
}

Status TraceSource::start() {
  interference_ = interfering_programs();
  return std::holds_alternative<CommandTarget>(request_.target) ? launch() : attach();
}

Status TraceSource::spawn_perf(const std::vector<std::string>& argv, const std::vector<int>& descriptors) {
  Result<Pipe> pipe = make_pipe();
  if (!pipe) return std::move(pipe).error();
  (void)grow_pipe(pipe->write.get(), kPipeBytes);
  SpawnOptions options;
  options.path = tool_.path;
  options.argv = argv;
  options.environment = environment();
  options.pass_fds = descriptors;
  options.stdout_fd = pipe->write.get();
  options.stderr_fd = messages_.fd();
  options.parent_death_signal = SIGKILL;
  // A command is in perf's group, which must be the terminal's own.
  options.own_process_group = descriptors.empty();
  Result<ChildProcess> child = ChildProcess::spawn(options);
  if (!child) return std::move(child).error();
  pipe->write.reset();
  Result<InputStream> text = InputStream::open("/proc/self/fd/" + std::to_string(pipe->read.get()));
  if (!text) return std::move(text).error();
  text_.emplace(*std::move(text), never_.get());
  const std::lock_guard lock(perf_mutex_);
  perf_ = *std::move(child);
  return {};
}

// perf has given up, or hangs.
Status TraceSource::failed_to_begin() {
  (void)perf_.kill(SIGKILL);
  (void)perf_.wait(SteadyClock::time_point::max());
  over_ = true;
  if (!interference_.empty()) return silenced_by(interference_);
  return explain_refusal("perf trace", messages_.text());
}

Status TraceSource::launch() {
  const auto& target = std::get<CommandTarget>(request_.target);
  Result<std::string> path = resolve_command(target.argv.front());
  if (!path) return std::move(path).error();
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  StandInOptions stand_in_options{*path, target.argv, target.user, target.until_exit || !target.follow, {}};
  if (target.follow) stand_in_options.counted = counted_beside(request_.filter);
  Result<StandIn> stand_in = StandIn::prepare(self.string(), stand_in_options);
  if (!stand_in) return std::move(stand_in).error();
  stand_in_ = *std::move(stand_in);
  TraceCall call;
  call.command = stand_in_.argv();
  call.filter = request_.filter;
  call.buffer_bytes = buffer_bytes(request_);
  if (Status spawned = spawn_perf(trace_arguments(call), stand_in_.descriptors()); !spawned) return spawned;
  stand_in_.launched();
  Result<StandIn::Running> running = stand_in_.await_start(SteadyClock::now() + kStartLimit);
  if (!running) {
    if (running.error().code == Errc::unavailable) return failed_to_begin();
    over_ = true;
    return std::move(running).error();
  }
  command_pid_ = running->command;
  stand_in_pid_ = running->stand_in;
  translator_.exclude(running->stand_in);
  translator_.hold(running->command);
  translator_.pairing().tasks().add_target(running->command, running->command);
  cpu_.start({running->command});
  return {};
}

Status TraceSource::attach() {
  cpu_.start(targets_.pids());
  tids_ = note_presence(translator_.pairing(), targets_.pids(), request_.filter);
  marker_.emplace();
  TraceCall call;
  call.filter = request_.filter;
  call.buffer_bytes = buffer_bytes(request_);
  call.marked = true;
  if (!tids_.empty()) {
    call.tids = tids_;
    call.tids.push_back(marker_->tid());
  }
  for (const std::int32_t own : threads_of(static_cast<std::int32_t>(::getpid()))) {
    translator_.exclude(own);
    if (own != marker_->tid()) call.without.push_back(own);
  }
  if (Status spawned = spawn_perf(trace_arguments(call), {}); !spawned) return spawned;
  const auto limit = SteadyClock::now() + kStartLimit;
  while (!translator_.heard_excluded() && !over_ && SteadyClock::now() < limit) {
    (void)read(limit);
    if (text_->at_end()) break;
  }
  marker_->seen();
  if (!translator_.heard_excluded()) return failed_to_begin();
  return {};
}

// With SIGINT perf trace throws away what is still in its buffers. What makes it read them to the end is the
// news that what it launched has ended; it looks for that child's pid in the signal (-1: it launched
// nothing). It may miss the signal, on its way into poll(2), so this is called again and again.
void TraceSource::ask_to_end() noexcept {
  siginfo_t news{};
  news.si_signo = SIGCHLD;
  news.si_code = SI_QUEUE;
  news.si_pid = stand_in_pid_.value_or(-1);
  (void)::syscall(SYS_rt_sigqueueinfo, perf_.pid(), SIGCHLD, &news);
  if (marker_) marker_->poke();
}

void TraceSource::stop() noexcept {
  const std::lock_guard lock(perf_mutex_);
  if (std::exchange(stopping_, true) || !perf_.valid() || perf_.try_wait()) return;
  ask_to_end();
}

void TraceSource::feed() {
  block_.find_lines();
  for (std::size_t i = 0; i < block_.lines(); ++i)
    translator_.line(block_.line(i), aggregates_ ? &sums_ : nullptr);
}

bool TraceSource::read(SteadyClock::time_point deadline) {
  for (;;) {
    if (text_->cut(block_)) {
      feed();
      return true;
    }
    if (text_->at_end()) {
      text_->take_rest(block_);
      feed();
      return true;
    }
    if (!text_->fill(deadline)) return false;
  }
}

Result<Next> TraceSource::next(Batch& batch, SteadyClock::time_point deadline) {
  batch = {};
  Pairing& pairing = translator_.pairing();
  // What was heard while it began is in the first batch.
  if (std::exchange(told_, true)) pairing.clear();
  if (over_ || !text_) return Next::end;
  const bool targets_gone = !command_pid_ && !targets_.pids().empty() && targets_.over();
  if (targets_gone) stop();
  cpu_.sample(translator_.pairing().tasks().followed_processes(), false);
  {
    const std::lock_guard lock(perf_mutex_);
    if (stopping_ && !asked_to_end_) asked_to_end_ = SteadyClock::now();
    if (asked_to_end_ && !perf_.try_wait()) ask_to_end();
    if (asked_to_end_ && SteadyClock::now() - *asked_to_end_ > kEndLimit) (void)perf_.kill(SIGKILL);
  }
  if (!read(deadline)) return Next::idle;
  if (asked_to_end_) asked_to_end_ = SteadyClock::now();  // what is in its buffers takes perf its time
  Status ended;
  if (text_->at_end()) ended = finish();
  if (aggregates_) {
    for (const SyscallEvent& event : pairing.events()) sums_.add(event);
  } else {
    batch.events = pairing.events();
  }
  batch.losses = pairing.losses();
  if (!ended) return std::move(ended).error();
  return Next::ready;
}

// Who died in a call, and who is still in one that perf has not printed: it does so only when something else
// comes between.
void TraceSource::settle_tasks() {
  Pairing& pairing = translator_.pairing();
  std::vector<std::int32_t> tids;
  for (const auto& [tid, task] : pairing.tasks().tasks()) tids.push_back(tid);
  for (const std::int32_t tid : tids) {
    Task& task = *pairing.tasks().find(tid);
    if (!task_exists(tid)) {
      if (task.in_call) pairing.ended(task);
    } else if (!task.in_call) {
      if (const auto number = syscall_of(tid))
        pairing.found_inside(task, *number, request_.filter.selects(kNativeAbi, *number), monotonic_ns());
    }
  }
}

Status TraceSource::finish() {
  over_ = true;
  if (interference_.empty()) interference_ = interfering_programs();
  warn_about_new_threads();
  translator_.end_log();
  if (const auto counted = stand_in_.counted(); counted.size() == 2)
    translator_.counted(counted[0], counted[1]);
  settle_tasks();
  translator_.finish();
  cpu_.sample(translator_.pairing().tasks().followed_processes(), true);
  const Ledger ledger = translator_.ledger();
  const bool half = ledger.enters.value_or(0) == 0 || ledger.exits.value_or(0) == 0;
  if (command_pid_ && half && !interference_.empty()) return silenced_by(interference_);
  const std::optional<ExitStatus> status = perf_.wait(SteadyClock::now() + kEndLimit);
  return judge_end("perf trace", status, messages_);
}

void TraceSource::warn_about_new_threads() {
  std::size_t unseen = 0;
  for (const std::int32_t pid : targets_.pids()) {
    for (const std::int32_t tid : threads_of(pid))
      unseen += std::find(tids_.begin(), tids_.end(), tid) == tids_.end() ? 1 : 0;
  }
  if (unseen > 0)
    warnings_.push_back(fmt::format(
        "{} threads were made while perf trace watched, which sees only those that were there when "
        "it began: their calls are missing; --perf-mode record sees them",
        unseen));
}

Result<Snapshot> TraceSource::snapshot() {
  Snapshot snapshot;
  if (aggregates_) snapshot = sums_.snapshot();
  snapshot.in_flight = translator_.pairing().in_flight(monotonic_ns());
  return snapshot;
}

SourceStats TraceSource::stats() {
  SourceStats stats;
  stats.ledger = translator_.pairing().ledger();
  if (aggregates_) stats.ledger.completed = sums_.completed();
  stats.ledger.lines = translator_.lines();
  stats.cost.unknown_reason = "perf trace does not measure what it costs";
  if (const auto used = perf_.cpu()) stats.cost.tracer_cpu_ns = used->user_ns + used->system_ns;
  stats.cpu = cpu_.total();
  if (const auto used = stand_in_.cpu()) stats.cpu = TargetCpu{used->user_ns, used->system_ns};
  stats.warnings = translator_.warnings();
  stats.warnings.insert(stats.warnings.end(), warnings_.begin(), warnings_.end());
  if (stand_in_.lost())
    stats.warnings.emplace_back(
        "Latimer's stand-in was killed: how the command ended is not known (status 125)");
  if (!interference_.empty()) stats.warnings.push_back(warning_of(interference_));
  return stats;
}

std::optional<ExitStatus> TraceSource::command_status() {
  return stand_in_.wait(SteadyClock::time_point::min());
}

std::optional<ExitStatus> TraceSource::wait_command(SteadyClock::time_point deadline) {
  return stand_in_.wait(deadline);
}

}  // namespace latimer::perftrace
