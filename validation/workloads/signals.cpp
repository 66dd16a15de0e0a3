// Calls interrupted an exact number of times, and signals that interrupt nothing. A signal that is to
// interrupt is sent only when the receiver is seen asleep, and nothing but the call in question can put it to
// sleep.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <atomic>

#include "validation/workloads/looks.h"
#include "validation/workloads/raw.h"
#include "validation/workloads/scenario.h"

namespace latimer::workload {
namespace {

std::atomic<std::uint64_t> handled{0};

void count_signal(int) { handled.fetch_add(1, std::memory_order_release); }

void install_handler(int flags) {
  struct sigaction action {};
  action.sa_handler = count_signal;
  action.sa_flags = flags;
  require(sigaction(SIGUSR1, &action, nullptr) == 0, "cannot install a signal handler");
}

struct Interrupter {
  pid_t target;
  std::uint64_t times;
  int release;  ///< A byte goes here after the last signal; -1: none.
};

void* interrupt(void* argument) {
  const auto& self = *static_cast<Interrupter*>(argument);
  for (std::uint64_t i = 1; i <= self.times; ++i) {
    wait_for_state(self.target, self.target, "S");
    require(raw_syscall(SYS_tgkill, self.target, self.target, SIGUSR1) == 0, "tgkill failed");
    while (handled.load(std::memory_order_acquire) < i) short_pause();
  }
  if (self.release >= 0) {
    wait_for_state(self.target, self.target, "S");
    require(raw_syscall(SYS_write, self.release, as_argument("x"), 1) == 1, "cannot write to the pipe");
  }
  return nullptr;
}

void run_eintr(const Options& options, Truth& truth) {
  int ends[2];
  require(pipe(ends) == 0, "cannot make a pipe");
  install_handler(0);
  Interrupter interrupter{getpid(), options.n, -1};
  pthread_t thread;
  require(pthread_create(&thread, nullptr, interrupt, &interrupter) == 0, "cannot create a thread");
  char byte;
  for (std::uint64_t i = 0; i < options.n; ++i) {
    require(raw_syscall(SYS_read, ends[0], as_argument(&byte), 1) == -EINTR, "read was not interrupted");
  }
  require(pthread_join(thread, nullptr) == 0, "cannot join a thread");
  truth.failed("x86_64:read", "ERESTARTSYS", options.n);
  truth.completed("x86_64:rt_sigreturn", options.n);
  truth.completed("x86_64:tgkill", options.n);
  truth.logical("x86_64:read", options.n);
  record_looks(truth);
  truth.note(
      "the program gets EINTR, which the kernel makes of ERESTARTSYS after a tracer has seen the return");
}

void run_eintr_restart(const Options& options, Truth& truth) {
  int ends[2];
  require(pipe(ends) == 0, "cannot make a pipe");
  install_handler(SA_RESTART);
  Interrupter interrupter{getpid(), options.n, ends[1]};
  pthread_t thread;
  require(pthread_create(&thread, nullptr, interrupt, &interrupter) == 0, "cannot create a thread");
  char byte;
  require(raw_syscall(SYS_read, ends[0], as_argument(&byte), 1) == 1, "read was not restarted");
  require(pthread_join(thread, nullptr) == 0, "cannot join a thread");
  truth.completed("x86_64:read", 1);
  truth.failed("x86_64:read", "ERESTARTSYS", options.n);
  truth.completed("x86_64:rt_sigreturn", options.n);
  truth.completed("x86_64:tgkill", options.n);
  truth.logical("x86_64:read", 1);
  record_looks(truth);
  truth.note("the program sees one read, which returns 1");
}

[[noreturn]] void stop_and_continue(pid_t target, std::uint64_t times) {
  for (std::uint64_t i = 0; i < times; ++i) {
    wait_for_state(target, target, "S");
    raw_syscall(SYS_kill, target, SIGSTOP);
    wait_for_state(target, target, "Tt");
    raw_syscall(SYS_kill, target, SIGCONT);
  }
  wait_for_state(target, target, "S");
  raw_syscall(SYS_kill, target, SIGUSR1);
  leave(kExitOk);
}

// Stopping and continuing restarts a sleep through restart_syscall (ERESTART_RESTARTBLOCK); only a handler
// ends it.
void run_restart_block(const Options& options, Truth& truth) {
  block_child_signal();
  install_handler(0);
  const pid_t target = getpid();
  const pid_t child = raw_fork();
  if (child == 0) stop_and_continue(target, options.n);
  const timespec length{3600, 0};
  require(raw_syscall(SYS_nanosleep, as_argument(&length), 0) == -EINTR, "nanosleep was not interrupted");
  raw_wait(child);
  truth.completed("x86_64:fork", 1);
  truth.child_returns(1);
  truth.completed("x86_64:wait4", 1);
  truth.failed("x86_64:nanosleep", "ERESTART_RESTARTBLOCK", 1);
  if (options.n > 0) truth.failed("x86_64:restart_syscall", "ERESTART_RESTARTBLOCK", options.n);
  truth.completed("x86_64:kill", 2 * options.n + 1);
  truth.completed("x86_64:rt_sigreturn", 1);
  truth.logical("x86_64:nanosleep", 1);
  record_looks(truth);
  truth.note("the program sees one nanosleep, which returns EINTR");
}

// A signal to oneself is delivered before the call that sends it returns to the program.
void run_signal_storm(const Options& options, Truth& truth) {
  install_handler(0);
  const pid_t self = getpid();
  for (std::uint64_t i = 1; i <= options.n; ++i) {
    require(raw_syscall(SYS_tgkill, self, self, SIGUSR1) == 0, "tgkill failed");
    require(raw_syscall(SYS_kill, self, SIGUSR1) == 0, "kill failed");
    require(handled.load(std::memory_order_acquire) == 2 * i, "a signal was not delivered at once");
  }
  truth.completed("x86_64:tgkill", options.n);
  truth.completed("x86_64:kill", options.n);
  truth.completed("x86_64:rt_sigreturn", 2 * options.n);
}

constexpr Scenario kScenarios[] = {
    {"eintr", 50, "read interrupted N times, handler without SA_RESTART", run_eintr},
    {"eintr-restart", 50, "one read interrupted N times, handler with SA_RESTART", run_eintr_restart},
    {"restart-block", 20, "one nanosleep stopped and continued N times", run_restart_block},
    {"signal-storm", 500, "N signals to itself by tgkill and as many by kill, all handled", run_signal_storm},
};

}  // namespace

std::span<const Scenario> signal_scenarios() { return kScenarios; }

}  // namespace latimer::workload
