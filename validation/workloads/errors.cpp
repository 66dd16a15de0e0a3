// Calls that fail, each for a known reason.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "validation/workloads/raw.h"
#include "validation/workloads/scenario.h"
#include "validation/workloads/temporary.h"

namespace latimer::workload {
namespace {

constexpr char kMissing[] = "/latimer-workload-missing";

// `open` by its own number: the C library has only openat left.
void run_enoent(const Options& options, Truth& truth) {
  for (std::uint64_t i = 0; i < options.n; ++i) {
    require(raw_syscall(SYS_open, as_argument(kMissing), O_RDONLY) == -ENOENT,
            "the missing file was not missing");
    require(raw_syscall(SYS_openat, AT_FDCWD, as_argument(kMissing), O_RDONLY) == -ENOENT,
            "the missing file was not missing");
  }
  truth.failed("x86_64:open", "ENOENT", options.n);
  truth.failed("x86_64:openat", "ENOENT", options.n);
}

struct Failing {
  const char* name;
  const char* error;
  int code;
  long number;
  long a1 = 0, a2 = 0, a3 = 0;
};

// 600 and 999 are numbers that no kernel has given away.
void run_errnos(const Options& options, Truth& truth) {
  int ends[2];
  require(pipe(ends) == 0, "cannot make a pipe");
  const Failing calls[] = {
      {"x86_64:close", "EBADF", EBADF, SYS_close, -1},
      {"x86_64:open", "EISDIR", EISDIR, SYS_open, as_argument("/"), O_WRONLY},
      {"x86_64:open", "ENOENT", ENOENT, SYS_open, as_argument(kMissing), O_RDONLY},
      {"x86_64:open", "EFAULT", EFAULT, SYS_open, 1, O_RDONLY},
      {"x86_64:mkdir", "EEXIST", EEXIST, SYS_mkdir, as_argument("/"), 0700},
      {"x86_64:chdir", "ENOTDIR", ENOTDIR, SYS_chdir, as_argument("/dev/null")},
      {"x86_64:lseek", "ESPIPE", ESPIPE, SYS_lseek, ends[0], 0, SEEK_CUR},
      {"x86_64:kill", "EINVAL", EINVAL, SYS_kill, getpid(), 1000},
      {"x86_64:kill", "ESRCH", ESRCH, SYS_kill, 0x3fffffff, 0},
      {"x86_64:ioctl", "ENOTTY", ENOTTY, SYS_ioctl, ends[0], 0x5401},
      {"x86_64:wait4", "ECHILD", ECHILD, SYS_wait4, -1},
      {"x86_64:link", "EXDEV", EXDEV, SYS_link, as_argument("/proc/version"),
       as_argument("/dev/latimer-workload")},
      {"x86_64:syscall_600", "ENOSYS", ENOSYS, 600},
      {"x86_64:syscall_999", "ENOSYS", ENOSYS, 999},
  };
  for (const Failing& call : calls) {
    for (std::uint64_t i = 0; i < options.n; ++i) {
      const long result = raw_syscall(call.number, call.a1, call.a2, call.a3);
      if (result != -call.code)
        quit(kExitSkip, "a call fails otherwise, or not at all, on this host: ", call.name);
    }
    truth.failed(call.name, call.error, options.n);
  }
}

// Root may open everything, so a child gives root up. The file has no name but this one, and no permission
// for anybody.
void run_eacces(const Options& options, Truth& truth) {
  block_child_signal();
  const int file = temporary_file(0);
  require(fchmod(file, 0) == 0, "cannot take the permissions away from a file");
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  const bool root = geteuid() == 0;
  const pid_t child = raw_fork();
  if (child == 0) {
    constexpr long kNobody = 65534;
    if (root && raw_syscall(SYS_setresuid, kNobody, kNobody, kNobody) != 0) leave(kExitSkip);
    for (std::uint64_t i = 0; i < options.n; ++i) {
      if (raw_syscall(SYS_open, as_argument(path), O_RDONLY) != -EACCES) leave(kExitSkip);
      if (raw_syscall(SYS_access, as_argument(path), R_OK) != -EACCES) leave(kExitSkip);
    }
    leave(kExitOk);
  }
  const int status = raw_wait(child);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != kExitOk)
    quit(kExitSkip, "permissions do not bind this user, who cannot become another either");
  truth.completed("x86_64:fork", 1);
  truth.child_returns(1);
  truth.completed("x86_64:wait4", 1);
  truth.completed("x86_64:setresuid", root ? 1 : 0);
  truth.failed("x86_64:open", "EACCES", options.n);
  truth.failed("x86_64:access", "EACCES", options.n);
}

// The lowest free number was the last: all below it are taken.
void run_emfile(const Options& options, Truth& truth) {
  const int last = open("/dev/null", O_RDONLY | O_CLOEXEC);
  require(last >= 0, "cannot open /dev/null");
  rlimit limit{};
  require(getrlimit(RLIMIT_NOFILE, &limit) == 0, "cannot get the limit of open files");
  limit.rlim_cur = static_cast<rlim_t>(last) + 1;
  require(setrlimit(RLIMIT_NOFILE, &limit) == 0, "cannot set the limit of open files");
  int ends[2];
  for (std::uint64_t i = 0; i < options.n; ++i) {
    require(raw_syscall(SYS_open, as_argument("/dev/null"), O_RDONLY) == -EMFILE &&
                raw_syscall(SYS_dup, last) == -EMFILE &&
                raw_syscall(SYS_pipe2, as_argument(ends), O_CLOEXEC) == -EMFILE &&
                raw_syscall(SYS_eventfd2, 0, 0) == -EMFILE,
            "there was a file descriptor beyond the limit");
  }
  for (const char* call : {"x86_64:open", "x86_64:dup", "x86_64:pipe2", "x86_64:eventfd2"})
    truth.failed(call, "EMFILE", options.n);
}

constexpr Scenario kScenarios[] = {
    {"enoent", 1'000, "open and openat of a missing file, N times each", run_enoent},
    {"errnos", 7, "fourteen calls that fail in different ways, N times each", run_errnos},
    {"eacces", 500, "open and access of a file without permissions, N times each", run_eacces},
    {"emfile", 500, "open, dup, pipe2 and eventfd2 beyond the limit of open files, N times each", run_emfile},
};

}  // namespace

std::span<const Scenario> error_scenarios() { return kScenarios; }

}  // namespace latimer::workload
