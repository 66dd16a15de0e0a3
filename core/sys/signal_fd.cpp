#include "core/sys/signal_fd.h"

#include <pthread.h>
#include <sys/signalfd.h>

#include <cerrno>

#include "core/sys/fd_util.h"
#include "core/sys/signal_state.h"

namespace latimer {

Result<SignalFd> SignalFd::create() {
  const SignalState& initial = initial_signal_state();
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    if (sigismember(&initial.ignored, number) == 0) sigaddset(&wanted, number);
  }
  if (const int error = ::pthread_sigmask(SIG_BLOCK, &wanted, nullptr); error != 0) {
    return Error{Errc::internal, "cannot block signals: " + errno_text(error), ""};
  }
  SignalFd result;
  result.fd_.reset(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!result.fd_) return Error{Errc::internal, "signalfd: " + errno_text(errno), ""};
  return result;
}

std::optional<SignalFd::Arrival> SignalFd::read() {
  signalfd_siginfo info{};
  if (::read(fd_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return std::nullopt;
  return Arrival{static_cast<int>(info.ssi_signo), ++arrivals_};
}

}  // namespace latimer
