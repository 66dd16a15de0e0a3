#include "cli/interruption.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>

#include "core/sys/fd_util.h"

namespace latimer {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kDelivery{150};
// timeout(1) and process managers signal a process and its group: two signals at once are one.
constexpr std::chrono::milliseconds kSameSignal{200};

void raise_flag(int fd) {
  const std::uint64_t one = 1;
  (void)!write(fd, &one, sizeof one);
}

}  // namespace

Result<std::unique_ptr<Interruption>> Interruption::create() {
  std::unique_ptr<Interruption> result(new Interruption);
  auto signals = SignalFd::create();
  if (!signals) return std::move(signals).error();
  result->signals_ = std::move(signals).value();
  result->ended_.reset(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  result->quit_.reset(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!result->ended_ || !result->quit_) return Error{Errc::internal, "eventfd: " + errno_text(errno), ""};
  result->thread_ = std::thread([raw = result.get()] { raw->run(); });
  return result;
}

Interruption::~Interruption() {
  if (!thread_.joinable()) return;
  raise_flag(quit_.get());
  thread_.join();
}

void Interruption::end_capture() { raise_flag(ended_.get()); }

std::optional<int> Interruption::first_signal() const {
  const int signal = first_.load();
  return signal == 0 ? std::nullopt : std::optional(signal);
}

void Interruption::set_command(std::int32_t pid) {
  const std::lock_guard lock(mutex_);
  // A pidfd: the pid may be somebody else's by the time a signal comes.
  command_.reset(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

void Interruption::set_emergency(std::function<void()> stop) {
  const std::lock_guard lock(mutex_);
  emergency_ = std::move(stop);
}

void Interruption::run() {
  pollfd items[2] = {{signals_.fd(), POLLIN, 0}, {quit_.get(), POLLIN, 0}};
  for (;;) {
    const int timeout = end_at_ ? poll_timeout(*end_at_) : -1;
    if (poll(items, 2, timeout) < 0 && errno != EINTR) return;
    if (items[1].revents != 0) return;
    if (end_at_ && SteadyClock::now() >= *end_at_) {
      end_at_.reset();
      raise_flag(ended_.get());
    }
    while (const auto arrival = signals_.read()) handle(*arrival);
  }
}

void Interruption::handle(const SignalFd::Arrival& arrival) {
  const std::lock_guard lock(mutex_);
  const auto now = SteadyClock::now();
  if (arrival.ordinal > 1 && now - first_at_ < kSameSignal) return;
  if (arrival.ordinal == 1) {
    first_ = arrival.signal;
    first_at_ = now;
    if (arrival.signal == SIGTERM && command_) {
      (void)syscall(SYS_pidfd_send_signal, command_.get(), SIGTERM, nullptr, 0);
    }
    if (command_) {
      end_at_ = SteadyClock::now() + kDelivery;
    } else {
      raise_flag(ended_.get());
    }
    return;
  }
  if (emergency_) emergency_();
  _exit(128 + arrival.signal);
}

}  // namespace latimer
