#include <signal.h>
#include <stdio.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "validation/workloads/raw.h"
#include "validation/workloads/scenario.h"

namespace latimer::workload {

void quit(int status, const char* reason, const char* detail) {
  char line[512];
  const int length = snprintf(line, sizeof line, "latimer-workload: %s%s\n", reason, detail);
  const size_t size = length < static_cast<int>(sizeof line) ? static_cast<size_t>(length) : sizeof line;
  raw_syscall(SYS_write, STDERR_FILENO, as_argument(line), static_cast<long>(size));
  leave(status);
}

void leave(int status) {
  for (;;) raw_syscall(SYS_exit_group, status);
}

// Neither write nor writev: those bear truth. An offset of -1 means the file's own.
bool say(std::string_view text) {
  const iovec piece{const_cast<char*>(text.data()), text.size()};
  constexpr long kOwnOffset = -1;
  return raw_syscall(SYS_pwritev2, STDOUT_FILENO, as_argument(&piece), 1, kOwnOffset, kOwnOffset, 0) ==
         static_cast<long>(text.size());
}

pid_t raw_fork() {
  const long child = raw_syscall(SYS_fork);
  require(child >= 0, "fork failed");
  return static_cast<pid_t>(child);
}

void block_child_signal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  require(sigprocmask(SIG_BLOCK, &set, nullptr) == 0, "cannot block SIGCHLD");
}

int raw_wait(pid_t child) {
  int status = 0;
  require(raw_syscall(SYS_wait4, child, as_argument(&status)) > 0, "wait4 failed");
  return status;
}

void raw_wait_for_success(pid_t child) {
  const int status = raw_wait(child);
  require(WIFEXITED(status) && WEXITSTATUS(status) == kExitOk, "a child failed");
}

void raw_getppid(std::uint64_t times) {
  for (std::uint64_t i = 0; i < times; ++i) raw_syscall(SYS_getppid);
}

}  // namespace latimer::workload
