// Calls that do not come in by the usual way: refused by a seccomp filter, or made as 32-bit calls by a
// 64-bit program.
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>

#include "validation/workloads/raw.h"
#include "validation/workloads/refused.h"
#include "validation/workloads/scenario.h"

namespace latimer::workload {
void refuse(std::span<const unsigned> numbers) {
  constexpr std::size_t kMaxNumbers = 8;
  require(numbers.size() <= kMaxNumbers, "too many calls to refuse");
  std::array<sock_filter, 2 * kMaxNumbers + 5> program;
  unsigned short size = 0;
  const auto add = [&](sock_filter instruction) { program[size++] = instruction; };
  add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)));
  add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0));
  add(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
  for (const unsigned number : numbers) {
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1));
    add(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
  }
  add(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  sock_fprog filter{size, program.data()};
  require(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "cannot give up new privileges");
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    quit(kExitSkip, "this kernel has no seccomp filters");
  }
}

namespace {

void run_seccomp(const Options& options, Truth& truth) {
  constexpr unsigned kRefused[] = {SYS_getpgrp};
  refuse(kRefused);
  for (std::uint64_t i = 0; i < options.n; ++i) {
    require(raw_syscall(SYS_getpgrp) == -EPERM, "the filter did not refuse the call");
    raw_syscall(SYS_getppid);
  }
  truth.failed("x86_64:getpgrp", "EPERM", options.n);
  truth.refused("x86_64:getpgrp", options.n);
  truth.completed("x86_64:getppid", options.n);
}

sigjmp_buf no_compat;

void leave_probe(int) { siglongjmp(no_compat, 1); }

/// Without 32-bit support `int $0x80` is a fault like any other unknown interrupt.
bool compat_calls_work() {
  struct sigaction action {
  }, before{};
  action.sa_handler = leave_probe;
  sigaction(SIGSEGV, &action, &before);
  bool works = false;
  if (sigsetjmp(no_compat, 1) == 0) {
    constexpr int kGetpid32 = 20;
    works = compat_syscall(kGetpid32) == getpid();
  }
  sigaction(SIGSEGV, &before, nullptr);
  return works;
}

// Numbers of arch/x86/entry/syscalls/syscall_32.tbl. 12 is chdir there and brk here, 64 getppid there and
// semget here.
constexpr int kChdir32 = 12;
constexpr int kAccess32 = 33;
constexpr int kGetppid32 = 64;
constexpr int kGetpgrp32 = 65;

// Static data of a non-PIE program lies below 4 GiB.
const char kRoot[] = "/";
const char kMissing[] = "/latimer-workload-missing";

unsigned low_address(const char* text) {
  const auto address = reinterpret_cast<std::uint64_t>(text);
  require(address <= 0xffffffffU, "this program was not linked below 4 GiB");
  return static_cast<unsigned>(address);
}

void run_int80(const Options& options, Truth& truth) {
  if (!compat_calls_work()) quit(kExitSkip, "this kernel does not take 32-bit system calls");
  for (std::uint64_t i = 0; i < options.n; ++i) {
    require(compat_syscall(kGetppid32) == getppid(), "getppid by int $0x80 failed");
    require(compat_syscall(kChdir32, low_address(kRoot)) == 0, "chdir by int $0x80 failed");
    require(compat_syscall(kAccess32, low_address(kMissing), F_OK) == -ENOENT,
            "access by int $0x80 did not fail");
    require(compat_syscall(kGetpgrp32) > 0, "getpgrp by int $0x80 failed");
  }
  truth.completed("i386:getppid", options.n);
  truth.completed("x86_64:getppid", options.n);
  truth.completed("i386:chdir", options.n);
  truth.failed("i386:access", "ENOENT", options.n);
  truth.completed("i386:getpgrp", options.n);
}

constexpr Scenario kScenarios[] = {
    {"seccomp", 10, "getpgrp refused with EPERM by a seccomp filter, N times, and N getppid", run_seccomp},
    {"int80", 1'000, "getppid, chdir, access and getpgrp by int $0x80, and getppid as usual, N times each",
     run_int80},
};

}  // namespace

std::span<const Scenario> refused_scenarios() { return kScenarios; }

}  // namespace latimer::workload
