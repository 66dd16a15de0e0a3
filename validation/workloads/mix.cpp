#include "validation/workloads/mix.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <sys/times.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "validation/workloads/raw.h"
#include "validation/workloads/scenario.h"

namespace latimer::workload {
namespace {

int null_file = -1;
int root = -1;

struct MixCall {
  const char* name;
  long (*call)();
};

// Results go to the stack, because the mix runs in several threads at once.
template <long Number, typename Result>
long into_result() {
  Result result;
  return raw_syscall(Number, as_argument(&result));
}

template <long Number, long First, typename Result>
long into_second() {
  Result result;
  return raw_syscall(Number, First, as_argument(&result));
}

template <long Number, long First = 0, long Second = 0, long Third = 0>
long plain() {
  return raw_syscall(Number, First, Second, Third);
}

struct Numbers {
  std::uint64_t values[128];
};

// None of these is made by the start-up of a static C library, nor, but for those of `prepare_mix`, by this
// program.
constexpr MixCall kCalls[] = {
    {"x86_64:getppid", plain<SYS_getppid>},
    {"x86_64:getpgrp", plain<SYS_getpgrp>},
    {"x86_64:getuid", plain<SYS_getuid>},
    {"x86_64:getgid", plain<SYS_getgid>},
    {"x86_64:geteuid", plain<SYS_geteuid>},
    {"x86_64:getegid", plain<SYS_getegid>},
    {"x86_64:getpgid", plain<SYS_getpgid>},
    {"x86_64:getsid", plain<SYS_getsid>},
    {"x86_64:umask", plain<SYS_umask, 022>},
    {"x86_64:alarm", plain<SYS_alarm>},
    {"x86_64:sched_yield", plain<SYS_sched_yield>},
    {"x86_64:sched_getscheduler", plain<SYS_sched_getscheduler>},
    {"x86_64:sched_get_priority_max", plain<SYS_sched_get_priority_max, SCHED_FIFO>},
    {"x86_64:sched_get_priority_min", plain<SYS_sched_get_priority_min, SCHED_FIFO>},
    {"x86_64:sched_getparam", into_second<SYS_sched_getparam, 0, Numbers>},
    {"x86_64:sched_rr_get_interval", into_second<SYS_sched_rr_get_interval, 0, timespec>},
    {"x86_64:getpriority", plain<SYS_getpriority, PRIO_PROCESS>},
    {"x86_64:getrusage", into_second<SYS_getrusage, RUSAGE_SELF, rusage>},
    {"x86_64:times", into_result<SYS_times, tms>},
    {"x86_64:sysinfo", into_result<SYS_sysinfo, struct sysinfo>},
    {"x86_64:uname", into_result<SYS_uname, utsname>},
    {"x86_64:time", into_result<SYS_time, Numbers>},
    {"x86_64:gettimeofday", into_result<SYS_gettimeofday, Numbers>},
    {"x86_64:clock_gettime", into_second<SYS_clock_gettime, CLOCK_MONOTONIC, timespec>},
    {"x86_64:clock_getres", into_second<SYS_clock_getres, CLOCK_MONOTONIC, timespec>},
    {"x86_64:getitimer", into_second<SYS_getitimer, 0, Numbers>},
    {"x86_64:getgroups", plain<SYS_getgroups>},
    {"x86_64:getrlimit", into_second<SYS_getrlimit, RLIMIT_NOFILE, rlimit>},
    {"x86_64:poll", plain<SYS_poll>},
    {"x86_64:fcntl", plain<SYS_fcntl, STDOUT_FILENO, F_GETFD>},
    {"x86_64:getcpu",
     [] {
       unsigned cpu;
       return raw_syscall(SYS_getcpu, as_argument(&cpu));
     }},
    {"x86_64:getresuid",
     [] {
       unsigned ids[3];
       return raw_syscall(SYS_getresuid, as_argument(&ids[0]), as_argument(&ids[1]), as_argument(&ids[2]));
     }},
    {"x86_64:getresgid",
     [] {
       unsigned ids[3];
       return raw_syscall(SYS_getresgid, as_argument(&ids[0]), as_argument(&ids[1]), as_argument(&ids[2]));
     }},
    {"x86_64:getcwd",
     [] {
       char path[4096];
       return raw_syscall(SYS_getcwd, as_argument(path), sizeof path);
     }},
    {"x86_64:lseek", [] { return raw_syscall(SYS_lseek, null_file, 0, SEEK_CUR); }},
    {"x86_64:pwrite64", [] { return raw_syscall(SYS_pwrite64, null_file, as_argument("x"), 1, 0); }},
    {"x86_64:writev",
     [] {
       char byte = 'x';
       iovec piece{&byte, 1};
       return raw_syscall(SYS_writev, null_file, as_argument(&piece), 1);
     }},
    {"x86_64:fstatfs",
     [] {
       struct statfs result;
       return raw_syscall(SYS_fstatfs, null_file, as_argument(&result));
     }},
    {"x86_64:lstat",
     [] {
       struct stat result;
       return raw_syscall(SYS_lstat, as_argument("/"), as_argument(&result));
     }},
    {"x86_64:readlinkat",
     [] {
       char path[16];
       return raw_syscall(SYS_readlinkat, root, as_argument("latimer-workload-missing"), as_argument(path),
                          sizeof path);
     }},
};
static_assert(sizeof kCalls / sizeof kCalls[0] == kMixCalls);

}  // namespace

void prepare_mix() {
  null_file = open("/dev/null", O_WRONLY | O_CLOEXEC);
  root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  require(null_file >= 0 && root >= 0, "cannot open /dev/null and /");
  for (const MixCall& mixed : kCalls) {
    const bool fails = mixed.call() < 0;
    const bool expected = mixed.call == kCalls[kMixCalls - 1].call;
    if (fails != expected) quit(kExitSkip, "a call of the mix does not work as expected here: ", mixed.name);
  }
}

void mix_rounds(std::uint64_t rounds) {
  for (std::uint64_t i = 0; i < rounds; ++i) {
    for (const MixCall& mixed : kCalls) mixed.call();
  }
}

void record_mix(std::uint64_t rounds, Truth& truth) {
  const std::uint64_t made = rounds + 1;  // one round was the trial of prepare_mix
  for (unsigned i = 0; i + 1 < kMixCalls; ++i) truth.completed(kCalls[i].name, made);
  truth.failed(kCalls[kMixCalls - 1].name, "ENOENT", made);
}

}  // namespace latimer::workload
