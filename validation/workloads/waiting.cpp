// Calls that wait without end, or not at all although the caller keeps asking.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "validation/workloads/looks.h"
#include "validation/workloads/raw.h"
#include "validation/workloads/scenario.h"

namespace latimer::workload {
namespace {

// The default of `hung`; attach_test.py uses that.
constexpr std::uint64_t kCallsBeforeHanging = 1'000;

void run_eagain(const Options& options, Truth& truth) {
  int ends[2];
  require(pipe2(ends, O_NONBLOCK) == 0, "cannot make a pipe");
  char byte;
  for (std::uint64_t i = 0; i < options.n; ++i) {
    require(raw_syscall(SYS_read, ends[0], as_argument(&byte), 1) == -EAGAIN, "read did not return EAGAIN");
  }
  truth.failed("x86_64:read", "EAGAIN", options.n);
}

[[noreturn]] void hang(int end) {
  char byte;
  for (;;) raw_syscall(SYS_read, end, as_argument(&byte), 1);
}

void make_silent_pipe(int (&ends)[2]) { require(pipe(ends) == 0, "cannot make a pipe"); }

// Prints first, because it never ends by itself.
void run_hung(const Options& options, Truth& truth) {
  int ends[2];
  make_silent_pipe(ends);
  raw_getppid(options.n);
  truth.completed("x86_64:getppid", options.n);
  truth.in_flight("x86_64:read", 1);
  truth.note("read never returns; this process has to be killed");
  if (!truth.print("hung")) leave(kExitFailure);
  hang(ends[0]);
}

void* hang_in_thread(void* ends) { hang(static_cast<int*>(ends)[0]); }

pid_t hung_thread_id = 0;

void* hang_and_tell(void* ends) {
  __atomic_store_n(&hung_thread_id, static_cast<pid_t>(raw_syscall(SYS_gettid)), __ATOMIC_RELEASE);
  return hang_in_thread(ends);
}

// A thread is in read when the process ends by exit_group, and dies inside.
void run_hung_thread(const Options& options, Truth& truth) {
  int ends[2];
  make_silent_pipe(ends);
  pthread_t thread;
  require(pthread_create(&thread, nullptr, hang_and_tell, ends) == 0, "cannot create a thread");
  pid_t task = 0;
  while ((task = __atomic_load_n(&hung_thread_id, __ATOMIC_ACQUIRE)) == 0) short_pause();
  wait_for_state(getpid(), task, "S");
  raw_getppid(options.n);
  truth.completed("x86_64:getppid", options.n);
  truth.killed_inside("x86_64:read", 1);
  record_looks(truth);
  truth.note("a thread dies inside read when another calls exit_group");
}

constexpr Scenario kScenarios[] = {
    {"eagain", 1'000, "read of an empty non-blocking pipe N times", run_eagain},
    {"hung", kCallsBeforeHanging, "getppid N times, the truth, then a read that never returns", run_hung,
     true},
    {"hung-thread", kCallsBeforeHanging, "getppid N times, then an end while a thread is in read",
     run_hung_thread},
};

}  // namespace

std::span<const Scenario> waiting_scenarios() { return kScenarios; }

}  // namespace latimer::workload
