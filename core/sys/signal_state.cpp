#include "core/sys/signal_state.h"

#include <pthread.h>

namespace latimer {
namespace {

constexpr int kLastSignal = 64;  // _NSIG of the kernel, all ABIs Latimer knows

SignalState read_state() {
  SignalState state;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &state.mask);
  sigemptyset(&state.ignored);
  for (int number = 1; number <= kLastSignal; ++number) {
    struct sigaction action {};
    if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN)
      sigaddset(&state.ignored, number);
  }
  return state;
}

}  // namespace

void SignalState::restore() const {
  for (int number = 1; number <= kLastSignal; ++number) {
    struct sigaction action {};
    if (::sigaction(number, nullptr, &action) != 0) continue;
    const bool want_ignored = sigismember(&ignored, number) == 1;
    // Handlers need nothing: exec resets them. Only an ignored signal passes through exec.
    if ((action.sa_handler == SIG_IGN) == want_ignored) continue;
    struct sigaction wanted {};
    wanted.sa_handler = want_ignored ? SIG_IGN : SIG_DFL;
    ::sigaction(number, &wanted, nullptr);
  }
  ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
}

const SignalState& initial_signal_state() {
  static const SignalState state = read_state();
  return state;
}

void ignore_output_signals() {
  (void)initial_signal_state();
  struct sigaction action {};
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &action, nullptr);
  ::sigaction(SIGXFSZ, &action, nullptr);
}

}  // namespace latimer
