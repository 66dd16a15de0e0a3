// Programs that start programs. The program started is this one again, as `--child`, so that its calls are
// known too.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "validation/workloads/looks.h"
#include "validation/workloads/raw.h"
#include "validation/workloads/scenario.h"

namespace latimer::workload {

/// `--child getppid K` makes K getppid and leaves with 0; `--child geteuid K` makes K geteuid and leaves with
/// 0 when its effective user is not the real one, else with 3.
int child_main(int argc, char** argv) {
  if (argc != 2) quit(kExitUsage, "--child is for this program's own use");
  const std::uint64_t times = strtoull(argv[1], nullptr, 10);
  if (strcmp(argv[0], "getppid") == 0) {
    raw_getppid(times);
    leave(kExitOk);
  }
  if (strcmp(argv[0], "geteuid") != 0) quit(kExitUsage, "--child is for this program's own use");
  long effective = -1;
  for (std::uint64_t i = 0; i < times; ++i) effective = raw_syscall(SYS_geteuid);
  leave(effective != raw_syscall(SYS_getuid) ? kExitOk : 3);
}

namespace {

constexpr std::uint64_t kCallsPerChild = 10;
constexpr char kSelf[] = "/proc/self/exe";
constexpr char kMissing[] = "/latimer-workload-missing";

const char* const kChildArguments[] = {"latimer-workload", "--child", "getppid", "10", nullptr};
const char* const kSetuidArguments[] = {"latimer-workload", "--child", "geteuid", "10", nullptr};

long raw_execve(const char* path, const char* const* arguments) {
  return raw_syscall(SYS_execve, as_argument(path), as_argument(arguments), as_argument(environ));
}

void expect_success(int status) {
  require(WIFEXITED(status) && WEXITSTATUS(status) == kExitOk, "the program executed failed");
}

void record_forked(std::uint64_t n, Truth& truth) {
  truth.completed("x86_64:fork", n);
  truth.child_returns(n);
  truth.completed("x86_64:wait4", n);
}

void run_fork_exec(const Options& options, Truth& truth) {
  block_child_signal();
  for (std::uint64_t i = 0; i < options.n; ++i) {
    const pid_t child = raw_fork();
    if (child == 0) {
      raw_execve(kSelf, kChildArguments);
      leave(kExitFailure);
    }
    expect_success(raw_wait(child));
  }
  record_forked(options.n, truth);
  truth.completed("x86_64:execve", options.n);
  truth.completed("x86_64:getppid", options.n * kCallsPerChild);
  truth.launch_adds("x86_64:execve", 1);
}

// vfork is the C library's: the child returns through our stack frame, which only its assembly gets right. It
// issues number 58 and nothing else.
void run_vfork_exec(const Options& options, Truth& truth) {
  block_child_signal();
  for (std::uint64_t i = 0; i < options.n; ++i) {
    const pid_t child = vfork();  // NOLINT(clang-analyzer-security.insecureAPI.vfork): this call is the test
    if (child == 0) {
      // Only raw system calls follow, none of them in the C library.
      // NOLINTNEXTLINE(clang-analyzer-unix.Vfork)
      raw_execve(kSelf, kChildArguments);
      leave(kExitFailure);
    }
    require(child > 0, "vfork failed");
    expect_success(raw_wait(child));
  }
  truth.completed("x86_64:vfork", options.n);
  truth.child_returns(options.n);
  truth.completed("x86_64:wait4", options.n);
  truth.completed("x86_64:execve", options.n);
  truth.completed("x86_64:getppid", options.n * kCallsPerChild);
  truth.launch_adds("x86_64:execve", 1);
}

void run_fexecve(const Options& options, Truth& truth) {
  block_child_signal();
  const int self = open(kSelf, O_RDONLY | O_CLOEXEC);
  require(self >= 0, "cannot open /proc/self/exe");
  for (std::uint64_t i = 0; i < options.n; ++i) {
    const pid_t child = raw_fork();
    if (child == 0) {
      raw_syscall(SYS_execveat, self, as_argument(""), as_argument(kChildArguments), as_argument(environ),
                  AT_EMPTY_PATH);
      leave(kExitFailure);
    }
    expect_success(raw_wait(child));
  }
  record_forked(options.n, truth);
  truth.completed("x86_64:execveat", options.n);
  truth.completed("x86_64:getppid", options.n * kCallsPerChild);
  truth.note("the kernel reports the return of execveat under the number of execve");
}

void* exec_from_thread(void* leader) {
  const pid_t process = *static_cast<pid_t*>(leader);
  wait_for_state(process, process, "S");  // only pause puts the leader to sleep
  raw_execve(kSelf, kChildArguments);
  leave(kExitFailure);
}

// The leader dies inside pause, and the thread that executes goes on under the leader's id.
void run_thread_exec(const Options& options, Truth& truth) {
  block_child_signal();
  for (std::uint64_t i = 0; i < options.n; ++i) {
    const pid_t child = fork();  // the C library's: its child creates a thread with it
    require(child >= 0, "fork failed");
    if (child == 0) {
      pid_t self = getpid();
      pthread_t thread;
      require(pthread_create(&thread, nullptr, exec_from_thread, &self) == 0, "cannot create a thread");
      raw_syscall(SYS_pause);
      leave(kExitFailure);
    }
    expect_success(raw_wait(child));
  }
  truth.completed("x86_64:execve", options.n);
  truth.completed("x86_64:wait4", options.n);
  truth.completed("x86_64:getppid", options.n * kCallsPerChild);
  truth.killed_inside("x86_64:pause", options.n);
  truth.launch_adds("x86_64:execve", 1);
  record_looks(truth);
  truth.note("the thread that executes takes over its leader's id; the leader dies inside pause");
}

void run_exec_missing(const Options& options, Truth& truth) {
  for (std::uint64_t i = 0; i < options.n; ++i) {
    require(raw_execve(kMissing, kChildArguments) == -ENOENT, "the missing program was not missing");
  }
  truth.failed("x86_64:execve", "ENOENT", options.n);
  truth.launch_adds("x86_64:execve", 1);
}

void require_setuid(const char* program) {
  if (program == nullptr) quit(kExitUsage, "setuid-exec needs a program: setuid-exec [N] -- PROGRAM");
  struct stat status;
  if (stat(program, &status) != 0) quit(kExitSkip, "there is no program ", program);
  if ((status.st_mode & S_ISUID) == 0) quit(kExitSkip, "the set-user-ID bit is not set on ", program);
  if (status.st_uid == getuid()) quit(kExitSkip, "its owner is already the user of this process: ", program);
}

// The program is to be a copy of this one, owned by another user, with the set-user-ID bit.
void run_setuid_exec(const Options& options, Truth& truth) {
  require_setuid(options.extra[0]);
  block_child_signal();
  std::uint64_t changed = 0;
  for (std::uint64_t i = 0; i < options.n; ++i) {
    const pid_t child = raw_fork();
    if (child == 0) {
      raw_execve(options.extra[0], kSetuidArguments);
      leave(kExitFailure);
    }
    const int status = raw_wait(child);
    require(WIFEXITED(status) && (WEXITSTATUS(status) == kExitOk || WEXITSTATUS(status) == 3),
            "the set-user-ID program is not a copy of this one");
    changed += WEXITSTATUS(status) == kExitOk ? 1U : 0U;
  }
  record_forked(options.n, truth);
  truth.completed("x86_64:execve", options.n);
  truth.completed("x86_64:geteuid", options.n * 10);
  truth.launch_adds("x86_64:execve", 1);
  truth.measured("user_changed", changed);
  truth.after_user_change("x86_64:execve", changed);
  truth.after_user_change("x86_64:geteuid", changed * 10);
  truth.note("user_changed is how often the bit took effect: never under a tracer that lacks the privilege");
}

constexpr Scenario kScenarios[] = {
    {"fork-exec", 50, "N children that execute this program, 10 getppid in each", run_fork_exec},
    {"vfork-exec", 50, "the same with vfork", run_vfork_exec},
    {"fexecve", 50, "the same with execveat of a file descriptor", run_fexecve},
    {"thread-exec", 20, "N children in which a thread that is not the leader executes", run_thread_exec},
    {"exec-missing", 100, "N executions of a program that does not exist", run_exec_missing},
    {"setuid-exec", 5, "N executions of the set-user-ID copy of this program given after --",
     run_setuid_exec},
};

}  // namespace

std::span<const Scenario> exec_scenarios() { return kScenarios; }

}  // namespace latimer::workload
