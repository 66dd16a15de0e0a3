// Calls that fail, each for a known reason.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "validation/workloads/raw.h"
#include "validation/workloads/scenario.h"

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

constexpr Scenario kScenarios[] = {
    {"enoent", 1'000, "open and openat of a missing file, N times each", run_enoent},
    {"errnos", 7, "fourteen calls that fail in different ways, N times each", run_errnos},
};

}  // namespace

std::span<const Scenario> error_scenarios() { return kScenarios; }

}  // namespace latimer::workload
