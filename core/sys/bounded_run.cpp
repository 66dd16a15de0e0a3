#include "core/sys/bounded_run.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "core/sys/fd_util.h"

namespace latimer {
namespace {

using SteadyClock = std::chrono::steady_clock;

// From SIGTERM to SIGKILL: time to detach from a target and to write a report.
constexpr std::chrono::seconds kGrace{10};
// A descendant that outlives the program may hold its outputs open: nobody waits for that.
constexpr std::chrono::milliseconds kLastOutput{200};

struct Output {
  UniqueFd fd;
  std::string* text;
};

// Reads what there is. False: nothing more will come.
bool read_some(Output& output, std::size_t most) {
  std::array<char, 65536> block;
  const ssize_t got = ::read(output.fd.get(), block.data(), block.size());
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (got <= 0) return false;
  const std::size_t room = most - std::min(most, output.text->size());
  output.text->append(block.data(), std::min(room, static_cast<std::size_t>(got)));
  return true;
}

class Watch {
 public:
  Watch(ChildProcess& child, const BoundedRun& request, std::array<Output, 2>& outputs, int interrupt_fd,
        RunOutcome& outcome)
      : child_(child),
        request_(request),
        outputs_(outputs),
        interrupt_fd_(interrupt_fd),
        outcome_(outcome),
        deadline_(SteadyClock::now() + request.limit) {}

  void until_end() {
    while (!ended_) step();
  }

 private:
  void step();
  void next_stage();
  void kill_group(int signal) const { ::kill(-child_.pid(), signal); }

  ChildProcess& child_;
  const BoundedRun& request_;
  std::array<Output, 2>& outputs_;
  int interrupt_fd_;
  RunOutcome& outcome_;
  SteadyClock::time_point deadline_;
  enum class Stage { running, terminated, killed, over } stage_ = Stage::running;
  bool ended_ = false;
};

// The deadline has passed.
void Watch::next_stage() {
  deadline_ = SteadyClock::now() + kGrace;
  switch (stage_) {
    case Stage::running:
      outcome_.timed_out = !outcome_.interrupted;
      stage_ = Stage::terminated;
      return kill_group(SIGTERM);
    case Stage::terminated:
      stage_ = Stage::killed;
      return kill_group(SIGKILL);
    case Stage::killed:  // in a call that cannot be killed: its status is unknown
      outcome_.status = {true, false, SIGKILL};
      ended_ = true;
      return;
    case Stage::over:
      ended_ = true;
  }
}

void Watch::step() {
  const bool running = stage_ == Stage::running;
  std::array<pollfd, 4> fds{{{outputs_[0].fd.get(), POLLIN, 0},
                             {outputs_[1].fd.get(), POLLIN, 0},
                             {stage_ == Stage::over ? -1 : child_.poll_fd(), POLLIN, 0},
                             {running ? interrupt_fd_ : -1, POLLIN, 0}}};
  const int ready = ::poll(fds.data(), fds.size(), poll_timeout(deadline_));
  if (ready < 0) return;  // EINTR
  if (ready == 0) return next_stage();
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    if (fds[i].revents != 0 && !read_some(outputs_[i], request_.most_output)) outputs_[i].fd.reset();
  }
  if (fds[3].revents != 0) {
    outcome_.interrupted = true;
    return next_stage();
  }
  if (fds[2].revents != 0) {
    if (const auto status = child_.try_wait()) outcome_.status = *status;
    stage_ = Stage::over;
    deadline_ = SteadyClock::now() + kLastOutput;
  }
  if (stage_ == Stage::over && !outputs_[0].fd && !outputs_[1].fd) ended_ = true;
}

}  // namespace

Result<RunOutcome> run_bounded(const BoundedRun& request, int interrupt_fd) {
  Result<Pipe> out = make_pipe();
  Result<Pipe> err = make_pipe();
  if (!out) return std::move(out).error();
  if (!err) return std::move(err).error();
  SpawnOptions options;
  options.path = request.path;
  options.argv = request.argv;
  options.environment = request.environment;
  options.stdout_fd = out->write.get();
  options.stderr_fd = err->write.get();
  options.parent_death_signal = SIGTERM;
  options.own_process_group = true;
  const SteadyClock::time_point start = SteadyClock::now();
  Result<ChildProcess> child = ChildProcess::spawn(options);
  if (!child) return std::move(child).error();
  out->write.reset();
  err->write.reset();
  RunOutcome outcome;
  std::array<Output, 2> outputs{{{std::move(out->read), &outcome.out}, {std::move(err->read), &outcome.err}}};
  Watch watch(*child, request, outputs, interrupt_fd, outcome);
  watch.until_end();
  outcome.wall_ns = static_cast<std::uint64_t>((SteadyClock::now() - start).count());
  if (const auto cpu = child->cpu()) outcome.cpu = *cpu;
  outcome.peak_rss_bytes = child->peak_rss_bytes().value_or(0);
  return outcome;
}

}  // namespace latimer
