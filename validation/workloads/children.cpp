// Processes that come and go: serially, all at once, and detached from their parent.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "validation/workloads/looks.h"
#include "validation/workloads/raw.h"
#include "validation/workloads/scenario.h"

namespace latimer::workload {
namespace {

constexpr std::uint64_t kCallsPerChild = 10;
constexpr std::uint64_t kMaxParallel = 1000;

pid_t start_child() {
  const pid_t child = raw_fork();
  if (child == 0) {
    raw_getppid(kCallsPerChild);
    leave(kExitOk);
  }
  return child;
}

void record_children(std::uint64_t n, Truth& truth) {
  truth.completed("x86_64:fork", n);
  truth.child_returns(n);
  truth.completed("x86_64:wait4", n);
  truth.completed("x86_64:getppid", n * kCallsPerChild);
}

void run_children(const Options& options, Truth& truth) {
  block_child_signal();
  for (std::uint64_t i = 0; i < options.n; ++i) raw_wait(start_child());
  record_children(options.n, truth);
}

void run_children_parallel(const Options& options, Truth& truth) {
  require(options.n <= kMaxParallel, "at most 1000 children at once");
  block_child_signal();
  std::array<pid_t, kMaxParallel> children;
  for (std::uint64_t i = 0; i < options.n; ++i) children[i] = start_child();
  for (std::uint64_t i = 0; i < options.n; ++i) raw_wait(children[i]);
  record_children(options.n, truth);
}

// The grandchild is taken over by this process (it is a subreaper), so that its end can be waited for.
void run_double_fork(const Options& options, Truth& truth) {
  block_child_signal();
  require(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0, "cannot become a subreaper");
  const pid_t child = raw_fork();
  if (child == 0) {
    if (raw_fork() != 0) leave(kExitOk);
    raw_syscall(SYS_setsid);
    raw_getppid(options.n);
    leave(kExitOk);
  }
  raw_wait(child);
  raw_wait(-1);
  truth.completed("x86_64:fork", 2);
  truth.child_returns(2);
  truth.completed("x86_64:wait4", 2);
  truth.completed("x86_64:setsid", 1);
  truth.completed("x86_64:getppid", options.n);
}

// Nobody waits: the main process is gone while the grandchild still works, and the grandchild prints the
// truth.
void run_daemon(const Options& options, Truth& truth) {
  block_child_signal();
  const pid_t main_process = getpid();
  const pid_t child = raw_fork();
  if (child != 0) {
    raw_wait(child);
    leave(kExitOk);
  }
  if (raw_fork() != 0) leave(kExitOk);
  raw_syscall(SYS_setsid);
  wait_for_end(main_process);
  raw_getppid(options.n);
  truth.completed("x86_64:fork", 2);
  truth.child_returns(2);
  truth.completed("x86_64:wait4", 1);
  truth.completed("x86_64:setsid", 1);
  truth.completed("x86_64:getppid", options.n);
  record_looks(truth);
  truth.note("the calls begin after the main process has ended");
  if (!truth.print("daemon")) leave(kExitFailure);
  leave(kExitOk);
}

// Each child is seen asleep before it is killed, and nothing but pause can put it to sleep.
void run_killed_in_pause(const Options& options, Truth& truth) {
  block_child_signal();
  for (std::uint64_t i = 0; i < options.n; ++i) {
    const pid_t child = raw_fork();
    if (child == 0) {
      raw_getppid(kCallsPerChild);
      raw_syscall(SYS_pause);
      leave(kExitFailure);
    }
    wait_for_state(child, child, "S");
    require(raw_syscall(SYS_kill, child, SIGKILL) == 0, "kill failed");
    const int status = raw_wait(child);
    require(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "the child did not die of SIGKILL");
  }
  truth.completed("x86_64:fork", options.n);
  truth.child_returns(options.n);
  truth.completed("x86_64:kill", options.n);
  truth.completed("x86_64:wait4", options.n);
  truth.completed("x86_64:getppid", options.n * kCallsPerChild);
  truth.killed_inside("x86_64:pause", options.n);
  record_looks(truth);
}

constexpr Scenario kScenarios[] = {
    {"children", 200, "N children one after the other, 10 getppid in each", run_children},
    {"children-parallel", 200, "N children at once, 10 getppid in each", run_children_parallel},
    {"double-fork", 1'000, "a grandchild that is waited for makes N getppid", run_double_fork},
    {"daemon", 1'000, "a grandchild makes N getppid after the main process has ended", run_daemon, true},
    {"killed-in-pause", 5, "N children killed inside pause by SIGKILL", run_killed_in_pause},
};

}  // namespace

std::span<const Scenario> children_scenarios() { return kScenarios; }

}  // namespace latimer::workload
