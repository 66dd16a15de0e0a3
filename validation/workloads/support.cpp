#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
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

namespace {

// The state letter follows the last ')' (a comm may hold any byte): proc(5), /proc/pid/stat, fields 2 and 3.
char state_of(const char* path) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return '\0';
  char text[512];
  const ssize_t size = pread(fd, text, sizeof text - 1, 0);
  close(fd);
  if (size <= 0) return '\0';
  text[size] = '\0';
  const char* end = strrchr(text, ')');
  return end != nullptr && end[1] == ' ' ? end[2] : '\0';
}

}  // namespace

void wait_for_state(pid_t process, pid_t task, const char* states) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task/%d/stat", process, task);
  for (;;) {
    const char state = state_of(path);
    require(state != '\0', "cannot read the state of a task from /proc");
    if (strchr(states, state) != nullptr) return;
    const timespec pause_time{0, 50'000};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &pause_time, nullptr);
  }
}

bool process_lives(pid_t process) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/stat", process);
  const char state = state_of(path);
  return state != '\0' && state != 'Z' && state != 'X';
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

void raw_getppid(std::uint64_t times) {
  for (std::uint64_t i = 0; i < times; ++i) raw_syscall(SYS_getppid);
}

}  // namespace latimer::workload
