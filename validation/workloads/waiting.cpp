// Calls that wait: for a known time, without end, or not at all although the caller keeps asking.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "validation/workloads/looks.h"
#include "validation/workloads/raw.h"
#include "validation/workloads/scenario.h"

namespace latimer::workload {
namespace {

constexpr long kSleepNs = 10'000'000;
// uses that.
constexpr std::uint64_t kCallsBeforeHanging = 1'000;

void run_sleep(const Options& options, Truth& truth) {
  const timespec length{0, kSleepNs};
  for (std::uint64_t i = 0; i < options.n; ++i) {
    require(raw_syscall(SYS_nanosleep, as_argument(&length), 0) == 0, "nanosleep failed");
    require(raw_syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, as_argument(&length), 0) == 0,
            "clock_nanosleep failed");
  }
  truth.completed("x86_64:nanosleep", options.n);
  truth.completed("x86_64:clock_nanosleep", options.n);
  truth.at_least_ns("x86_64:nanosleep", kSleepNs);
  truth.at_least_ns("x86_64:clock_nanosleep", kSleepNs);
}

constexpr std::uint64_t kPollMs = 5;
constexpr std::uint64_t kPollNs = kPollMs * 1'000'000;

// The kernel writes back what is left of the time to the arguments of ppoll, select and pselect6.
void run_poll(const Options& options, Truth& truth) {
  for (std::uint64_t i = 0; i < options.n; ++i) {
    timespec for_ppoll{0, kPollNs}, for_pselect{0, kPollNs};
    timeval for_select{0, kPollNs / 1000};
    require(raw_syscall(SYS_poll, 0, 0, kPollMs) == 0, "poll failed");
    require(raw_syscall(SYS_ppoll, 0, 0, as_argument(&for_ppoll), 0, 0) == 0, "ppoll failed");
    require(raw_syscall(SYS_select, 0, 0, 0, 0, as_argument(&for_select)) == 0, "select failed");
    require(raw_syscall(SYS_pselect6, 0, 0, 0, 0, as_argument(&for_pselect), 0) == 0, "pselect6 failed");
  }
  for (const char* call : {"x86_64:poll", "x86_64:ppoll", "x86_64:select", "x86_64:pselect6"}) {
    truth.completed(call, options.n);
    truth.at_least_ns(call, kPollNs);
  }
}

constexpr long kFirstStepMs = 1;

// Each call is known by its name, and its length by its step: nothing can be taken for anything else.
void run_staircase(const Options& options, Truth& truth) {
  for (std::uint64_t i = 0; i < options.n; ++i) {
    long ms = kFirstStepMs;
    const auto step = [&ms](long number, auto... arguments) {
      require(raw_syscall(number, arguments...) == 0, "a call that sleeps failed");
      ms *= 2;
    };
    timespec length{};
    const auto as_timespec = [&] {
      length = {0, ms * 1'000'000};
      return as_argument(&length);
    };
    step(SYS_nanosleep, as_timespec());
    step(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, as_timespec());
    step(SYS_poll, 0, 0, ms);
    step(SYS_ppoll, 0, 0, as_timespec());
    timeval micro{0, ms * 1'000};
    step(SYS_select, 0, 0, 0, 0, as_argument(&micro));
    step(SYS_pselect6, 0, 0, 0, 0, as_timespec());
  }
  std::uint64_t ms = kFirstStepMs;
  for (const char* call : {"x86_64:nanosleep", "x86_64:clock_nanosleep", "x86_64:poll", "x86_64:ppoll",
                           "x86_64:select", "x86_64:pselect6"}) {
    truth.completed(call, options.n);
    truth.at_least_ns(call, ms * 1'000'000);
    ms *= 2;
  }
}

constexpr long kThreadSleepNs = 1'000'000;

void* sleep_often(void* times) {
  const timespec length{0, kThreadSleepNs};
  for (std::uint64_t i = 0; i < *static_cast<const std::uint64_t*>(times); ++i) {
    require(raw_syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, as_argument(&length), 0) == 0,
            "clock_nanosleep failed");
  }
  return nullptr;
}

void run_threads_sleep(const Options& options, Truth& truth) {
  constexpr unsigned kMaxThreads = 64;
  const unsigned count = options.threads != 0 ? options.threads : 4;
  require(count <= kMaxThreads, "at most 64 threads");
  std::uint64_t times = options.n;
  pthread_t threads[kMaxThreads];
  for (unsigned i = 0; i < count; ++i)
    require(pthread_create(&threads[i], nullptr, sleep_often, &times) == 0, "cannot create a thread");
  for (unsigned i = 0; i < count; ++i)
    require(pthread_join(threads[i], nullptr) == 0, "cannot join a thread");
  truth.measured("threads", count);
  truth.completed("x86_64:clock_nanosleep", count * options.n);
  truth.at_least_ns("x86_64:clock_nanosleep", kThreadSleepNs);
}

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
    {"sleep", 10, "N sleeps of 10 ms by nanosleep and as many by clock_nanosleep", run_sleep},
    {"staircase", 1, "six calls that sleep, each twice as long as the one before: 1 to 32 ms, N times",
     run_staircase},
    {"poll", 20, "N timeouts of 5 ms each of poll, ppoll, select and pselect6", run_poll},
    {"threads-sleep", 50, "4 threads, N sleeps of 1 ms by clock_nanosleep in each", run_threads_sleep},
    {"eagain", 1'000, "read of an empty non-blocking pipe N times", run_eagain},
    {"hung", kCallsBeforeHanging, "getppid N times, the truth, then a read that never returns", run_hung,
     true},
    {"hung-thread", kCallsBeforeHanging, "getppid N times, then an end while a thread is in read",
     run_hung_thread},
};

}  // namespace

std::span<const Scenario> waiting_scenarios() { return kScenarios; }

}  // namespace latimer::workload
