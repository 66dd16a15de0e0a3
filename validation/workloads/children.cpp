// Processes that come and go: serially, all at once, as a tree, and detached from their parent.
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
constexpr std::uint64_t kTreeWidth = 3;
constexpr std::uint64_t kMaxTreeDepth = 6;

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

void grow_tree(std::uint64_t depth) {
  if (depth == 0) return;
  for (std::uint64_t i = 0; i < kTreeWidth; ++i) {
    if (raw_fork() != 0) continue;
    raw_getppid(kCallsPerChild);
    grow_tree(depth - 1);
    leave(kExitOk);
  }
  for (std::uint64_t i = 0; i < kTreeWidth; ++i) raw_wait_for_success(-1);
}

void run_fork_tree(const Options& options, Truth& truth) {
  require(options.n <= kMaxTreeDepth, "a tree of at most 6 generations");
  block_child_signal();
  grow_tree(options.n);
  std::uint64_t children = 0;
  std::uint64_t generation = 1;
  for (std::uint64_t i = 0; i < options.n; ++i) children += generation *= kTreeWidth;
  record_children(children, truth);
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

// Each child is seen asleep before it is killed, and nothing but the last call can put it to sleep.
void kill_inside(std::uint64_t n, std::string_view call, long number, long a1, long a2, Truth& truth) {
  block_child_signal();
  for (std::uint64_t i = 0; i < n; ++i) {
    const pid_t child = raw_fork();
    if (child == 0) {
      raw_getppid(kCallsPerChild);
      raw_syscall(number, a1, a2, 1);
      leave(kExitFailure);
    }
    wait_for_state(child, child, "S");
    require(raw_syscall(SYS_kill, child, SIGKILL) == 0, "kill failed");
    const int status = raw_wait(child);
    require(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "the child did not die of SIGKILL");
  }
  record_children(n, truth);
  truth.completed("x86_64:kill", n);
  truth.killed_inside(call, n);
  record_looks(truth);
}

void run_killed_in_pause(const Options& options, Truth& truth) {
  kill_inside(options.n, "x86_64:pause", SYS_pause, 0, 0, truth);
}

void run_killed_in_read(const Options& options, Truth& truth) {
  int ends[2];
  require(pipe(ends) == 0, "cannot make a pipe");
  char byte;
  kill_inside(options.n, "x86_64:read", SYS_read, ends[0], as_argument(&byte), truth);
}

constexpr Scenario kScenarios[] = {
    {"children", 200, "N children one after the other, 10 getppid in each", run_children},
    {"children-parallel", 200, "N children at once, 10 getppid in each", run_children_parallel},
    {"fork-tree", 4, "a tree of N generations, 3 children to each process, 10 getppid in each",
     run_fork_tree},
    {"double-fork", 1'000, "a grandchild that is waited for makes N getppid", run_double_fork},
    {"daemon", 1'000, "a grandchild makes N getppid after the main process has ended", run_daemon, true},
    {"killed-in-pause", 5, "N children killed inside pause by SIGKILL", run_killed_in_pause},
    {"killed-in-read", 5, "N children killed inside read of a silent pipe by SIGKILL", run_killed_in_read},
};

}  // namespace

std::span<const Scenario> children_scenarios() { return kScenarios; }

}  // namespace latimer::workload
