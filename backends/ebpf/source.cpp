#include "backends/ebpf/source.h"

#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

#include "backends/ebpf/preemption.h"
#include "backends/ebpf/targets.h"
#include "core/sys/clock_anchor.h"
#include "core/sys/fd_util.h"

namespace latimer::ebpf {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kBatch = 16'384;  // events; 5 MiB
constexpr milliseconds kReclaimEvery{40};
constexpr int kMarkAttempts = 10;
// Calls that a CPU is in the middle of when entering is stopped have ended by then; what is still inside
// sleeps.
constexpr milliseconds kSettle{2};

int ignore_notice(void*, void*, std::size_t) { return 0; }

// The rings fill at the speed of all CPUs, the tables with every new subject, and both are emptied by one
// thread, which must not queue up behind the targets for a CPU. What is not permitted (CAP_SYS_NICE) is gone
// without: then their size has to do.
void raise_priority() { setpriority(PRIO_PROCESS, 0, -20); }

bool watch(int epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

std::string comm_of(const lat_walk_record& record) {
  return {record.comm, strnlen(record.comm, sizeof(record.comm))};
}

}  // namespace

Result<std::unique_ptr<EventSource>> Source::open(const CaptureRequest& request) {
  const int cpus = libbpf_num_possible_cpus();
  if (cpus <= 0) return Error{Errc::internal, "cannot tell the number of CPUs", ""};
  Result<PidNamespace> own = own_pid_namespace();
  if (!own) return std::move(own).error();
  Result<Plan> plan = make_plan(request, static_cast<std::uint32_t>(cpus), *own);
  if (!plan) return std::move(plan).error();
  const bool preemptible = tracepoints_are_preemptible();
  plan->steady = preemptible && classic_tracepoints_usable();
  std::unique_ptr<Source> source(new Source(request, *plan));
  if (preemptible && !plan->steady) source->warnings_.emplace_back(kSkippedUnderLoad);
  if (const auto* pids = std::get_if<PidTarget>(&request.target)) {
    Result<std::vector<UniqueFd>> processes = open_processes(*pids);
    if (!processes) return std::move(processes).error();
    source->processes_ = *std::move(processes);
  }
  Result<std::unique_ptr<Programs>> programs = Programs::load(source->plan_);
  if (!programs) return std::move(programs).error();
  source->programs_ = *std::move(programs);
  source->reader_ = std::make_unique<Reader>(*source->programs_, source->plan_, request.by);
  source->rings_ = std::make_unique<RingReader>(*source->programs_, source->plan_);
  source->kernel_bytes_ = source->programs_->kernel_bytes();
  if (Status launched = source->launch_command(); !launched) return std::move(launched).error();
  if (Status ready = source->prepare_waiting(); !ready) return std::move(ready).error();
  return std::unique_ptr<EventSource>(std::move(source));
}

Source::~Source() {
  stop();
  ring_buffer__free(notices_);
}

Status Source::launch_command() {
  const auto* target = std::get_if<CommandTarget>(&request_.target);
  if (target == nullptr) return {};
  Result<std::string> path = resolve_command(target->argv.front());
  if (!path) return std::move(path).error();
  Result<ChildProcess> child = ChildProcess::spawn_held({*path, target->argv, target->user, false});
  if (!child) return std::move(child).error();
  command_ = *std::move(child);
  return {};
}

Status Source::prepare_waiting() {
  epoll_.reset(epoll_create1(EPOLL_CLOEXEC));
  notices_ = ring_buffer__new(programs_->map_fd(Programs::Map::notices), ignore_notice, nullptr, nullptr);
  bool ok = epoll_.valid() && notices_ != nullptr && watch(epoll_.get(), ring_buffer__epoll_fd(notices_));
  if (command_.valid()) ok = ok && (command_watched_ = watch(epoll_.get(), command_.poll_fd()));
  if (ok) return {};
  return Error{Errc::unavailable, fmt::format("cannot wait for the kernel's notices: {}", errno_text(errno)),
               ""};
}

Status Source::start() {
  if (plan_.config.stream != 0 || request_.by != GroupBy::none) raise_priority();
  if (Status hooked = programs_->attach_hooks(); !hooked) return hooked;
  if (command_.valid()) {
    if (Status held = hold_command(*programs_, command_.poll_fd()); !held) return held;
  } else if (Status marked = mark_targets(); !marked) {
    return marked;
  }
  if (Status attached = programs_->attach_calls(); !attached) return attached;
  __atomic_store_n(&programs_->state().armed, 1U, __ATOMIC_RELEASE);
  cost_.begin_run();
  next_reclaim_ = SteadyClock::now() + kReclaimEvery;
  return command_.valid() ? command_.release() : Status{};
}

Status Source::mark_targets() {
  if (Status announced = announce_targets(*programs_, request_.target, processes_); !announced)
    return announced;
  if (auto walked = programs_->walk(LAT_WALK_MARK); !walked) return std::move(walked).error();
  if (!std::holds_alternative<PidTarget>(request_.target)) return {};
  // A thread that executed a program meanwhile has taken its leader's place, and the seed is gone with the
  // old one.
  for (int attempt = 0; attempt < kMarkAttempts && seed_again(); ++attempt) {
    if (auto walked = programs_->walk(LAT_WALK_MARK); !walked) return std::move(walked).error();
  }
  return judge_marks();
}

// True: somebody lives who is no target yet, and has the seed again.
bool Source::seed_again() {
  bool seeded = false;
  for (const UniqueFd& process : processes_) {
    if (programs_->is_marked(process.get())) continue;
    if (programs_->flag_task(process.get(), LAT_SEED)) seeded = true;
  }
  return seeded;
}

Status Source::judge_marks() {
  const auto& pids = std::get<PidTarget>(request_.target).pids;
  bool any = false;
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    if (programs_->is_marked(processes_[i].get())) {
      any = true;
    } else {
      warnings_.push_back(
          fmt::format("process {} ended while Latimer attached to it, and is not in these numbers", pids[i]));
    }
  }
  if (__atomic_load_n(&programs_->state().marked, __ATOMIC_ACQUIRE) > 0) return {};
  if (!any) return Error{Errc::target_gone, "the process ended while Latimer attached to it", ""};
  return Error{Errc::unavailable, "the kernel does not show the process to BPF programs",
               "-b strace may reach it"};
}

bool Source::targets_gone() {
  const bool ended = command_.valid() && command_.try_wait().has_value();
  if (ended && command_watched_) {
    // Its descriptor stays readable from now on, and would keep the loop from sleeping.
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, command_.poll_fd(), nullptr);
    command_watched_ = false;
  }
  const auto* command = std::get_if<CommandTarget>(&request_.target);
  if (command != nullptr && !ended) return false;
  if (command != nullptr && command->until_exit) return true;
  if (command == nullptr && !std::holds_alternative<PidTarget>(request_.target)) return false;
  return __atomic_load_n(&programs_->state().live_targets, __ATOMIC_ACQUIRE) == 0;
}

Result<Next> Source::next(Batch& batch, SteadyClock::time_point deadline) {
  batch = {};
  if (drained_) return Next::end;
  for (;;) {
    ring_buffer__consume(notices_);
    const bool over =
        stopped_ || targets_gone();  // asked before reading, so that nothing can arrive in between
    if (!stopped_) cost_.tick(*programs_);
    if (SteadyClock::now() >= next_reclaim_ && !stopped_) {
      reader_->reclaim();
      next_reclaim_ = SteadyClock::now() + kReclaimEvery;
    }
    if (plan_.config.stream != 0) {
      rings_->read(events_, kBatch, over);
      batch.events = events_;
      if (!events_.empty()) return Next::ready;
    }
    if (over) {
      drained_ = stopped_;
      return Next::end;
    }
    if (SteadyClock::now() >= deadline) return Next::idle;
    static_cast<void>(wait_readable(epoll_.get(), std::min(deadline, SteadyClock::now() + milliseconds(20))));
  }
}

void Source::stop() noexcept {
  const std::lock_guard lock(stop_mutex_);
  if (stopped_) return;
  if (programs_) detach();
  stopped_ = true;
}

// No call is taken up any more; what is inside then either leaves, and is counted, or sleeps on, and is
// claimed as in flight by the final walk. The walk begins when sys_exit can no longer run, and the hooks stay
// until it is over, so that whoever dies meanwhile is counted either as in flight or as ended inside, never
// twice.
void Source::detach() {
  cost_.end_run(*programs_);
  __atomic_store_n(&programs_->state().stopping, 1U, __ATOMIC_SEQ_CST);
  programs_->detach_enter();
  std::this_thread::sleep_for(kSettle);
  programs_->detach_exit();
  if (plan_.config.timing != 0) {
    Result<std::vector<lat_walk_record>> walked = programs_->walk(LAT_WALK_FINAL);
    if (walked.ok()) {
      walked_ = *std::move(walked);
    } else {
      walked_.clear();
      walk_known_ = false;
      warnings_.push_back("calls in flight are not known: " + walked.error().message);
    }
  }
  walked_at_ns_ = static_cast<std::uint64_t>(monotonic_ns());
  programs_->detach_all();
}

InFlight Source::describe(const lat_walk_record& record, std::uint64_t now) {
  InFlight call;
  call.key.abi = LAT_CALL_ABI(record.call) == 0 ? Abi::x86_64 : Abi::i386;
  call.key.number = LAT_CALL_NR(record.call);
  call.pid = record.tgid;
  call.tid = record.tid;
  call.comm = comm_of(record);
  call.age_ns = now - std::min(now, static_cast<std::uint64_t>(record.start_ns));
  call.at_least = (record.call & LAT_CALL_OLD) != 0;
  Subject& subject = call.key.subject;
  subject.kind = request_.by;
  subject.name = call.comm;
  switch (request_.by) {
    case GroupBy::none:
      subject.name.clear();
      break;
    case GroupBy::thread:
      subject.tid = record.tid;
      [[fallthrough]];
    case GroupBy::process:
      subject.pid = record.tgid;
      subject.epoch = record.epoch;
      break;
    case GroupBy::comm:
      break;
    case GroupBy::cgroup:
      subject.id = record.cgroup_id;
      subject.name = cgroups_.name_of(record.cgroup_id);
      break;
  }
  return call;
}

// The walk cannot ask for somebody else whether he is below the cgroup, so it tells of everybody's calls that
// began before; which are ours is seen by their cgroup's path.
std::function<bool(const lat_walk_record&)> Source::judge_of_old_calls() {
  const auto* target = std::get_if<CgroupTarget>(&request_.target);
  if (target == nullptr) return [](const lat_walk_record&) { return true; };
  struct stat folder {};
  if (stat(target->path.c_str(), &folder) != 0) return [](const lat_walk_record&) { return false; };
  return [this, above = cgroups_.name_of(folder.st_ino)](const lat_walk_record& record) {
    const std::string path = cgroups_.name_of(record.cgroup_id);
    return above == "/" || path == above || path.starts_with(above + "/");
  };
}

Result<Snapshot> Source::snapshot() {
  if (!stopped_ && plan_.config.timing != 0) {
    Result<std::vector<lat_walk_record>> walked = programs_->walk(LAT_WALK_LIVE);
    if (!walked) return std::move(walked).error();
    walked_ = *std::move(walked);
    walked_at_ns_ = static_cast<std::uint64_t>(monotonic_ns());
  }
  Snapshot snapshot = reader_->read();
  calls_inside_ = 0;
  const auto began_in_target = judge_of_old_calls();
  for (const lat_walk_record& record : walked_) {
    if (record.call == 0) continue;
    if ((record.call & LAT_CALL_OLD) != 0 && !began_in_target(record)) continue;
    if ((record.call & LAT_CALL_INSIDE) != 0) ++calls_inside_;
    snapshot.in_flight.push_back(describe(record, walked_at_ns_));
  }
  return snapshot;
}

// A command's from the kernel's own accounting at its end; else what the targets used since they were marked.
// The kernel samples user and system time by ticks, but knows the sum exactly: so the sum is split in the
// sampled proportion.
std::optional<TargetCpu> Source::target_cpu() {
  if (command_.valid() && command_.try_wait() && command_.cpu())
    return TargetCpu{command_.cpu()->user_ns, command_.cpu()->system_ns};
  const bool complete = plan_.config.target == LAT_TARGET_MARKED || plan_.config.target == LAT_TARGET_COMM;
  if (!complete || plan_.config.timing == 0 || !walk_known_)
    return std::nullopt;  // who lives is counted by walking
  const lat_state& state = programs_->state();
  double user = static_cast<double>(state.exited_utime);
  double system = static_cast<double>(state.exited_stime);
  double runtime = static_cast<double>(state.exited_runtime);
  for (const lat_walk_record& record : walked_) {
    user += static_cast<double>(record.utime);
    system += static_cast<double>(record.stime);
    runtime += static_cast<double>(record.runtime);
  }
  if (runtime <= 0) return TargetCpu{};
  if (user + system <= 0) return std::nullopt;  // it ran, but between the ticks
  return TargetCpu{static_cast<std::uint64_t>(runtime * user / (user + system)),
                   static_cast<std::uint64_t>(runtime * system / (user + system))};
}

SourceStats Source::stats() {
  SourceStats stats;
  stats.ledger = reader_->ledger();
  // Inside a pid namespace the walk meets only those who are visible there.
  const bool sees_all = plan_.config.ns_level == 0 || plan_.config.target == LAT_TARGET_MARKED;
  if (plan_.config.timing != 0 && sees_all && walk_known_) stats.ledger.in_flight = calls_inside_;
  cost_.report(stats.cost);
  stats.cost.kernel_bytes = kernel_bytes_;
  stats.cpu = target_cpu();
  stats.warnings = warnings_;
  if (const auto lost = __atomic_load_n(&programs_->state().details_lost, __ATOMIC_ACQUIRE); lost > 0)
    stats.warnings.push_back(
        fmt::format("{} births, ends or executed programs could not be told for want of room: files of some "
                    "processes may be "
                    "unknown, or another's",
                    lost));
  if (plan_.config.target == LAT_TARGET_COMM &&
      __atomic_load_n(&programs_->state().marked, __ATOMIC_ACQUIRE) == 0)
    stats.warnings.emplace_back("no process had a name that fits (the kernel keeps the first 15 bytes)");
  return stats;
}

std::optional<std::int32_t> Source::command_pid() const {
  return command_.valid() ? std::optional(command_.pid()) : std::nullopt;
}

}  // namespace latimer::ebpf
