// Calls that sleep for a time that they are told. How long each of them really took is measured from inside,
// by clocks that make no system call: whoever tells more than that is wrong, however late the host woke the
// caller.
#include <pthread.h>
#include <sys/time.h>
#include <time.h>

#include "validation/workloads/raw.h"
#include "validation/workloads/scenario.h"

namespace latimer::workload {
namespace {

std::uint64_t now_ns() {
  timespec now;
  require(clock_gettime(CLOCK_MONOTONIC, &now) == 0, "clock_gettime failed");
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
}

/// Makes the call, which must succeed; returns the time around it.
template <typename... Arguments>
std::uint64_t sleep_by(long number, Arguments... arguments) {
  const std::uint64_t start = now_ns();
  const long result = raw_syscall(number, arguments...);
  const std::uint64_t end = now_ns();
  require(result == 0, "a call that sleeps failed");
  return end - start;
}

void record(Truth& truth, const char* call, std::uint64_t count, std::uint64_t asked_ns,
            std::uint64_t took_ns) {
  truth.completed(call, count);
  truth.at_least_ns(call, asked_ns);
  truth.took_ns(call, took_ns);
}

constexpr long kSleepNs = 10'000'000;

void run_sleep(const Options& options, Truth& truth) {
  const timespec length{0, kSleepNs};
  std::uint64_t plain = 0, by_clock = 0;
  for (std::uint64_t i = 0; i < options.n; ++i) {
    plain += sleep_by(SYS_nanosleep, as_argument(&length), 0);
    by_clock += sleep_by(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, as_argument(&length), 0);
  }
  record(truth, "x86_64:nanosleep", options.n, kSleepNs, plain);
  record(truth, "x86_64:clock_nanosleep", options.n, kSleepNs, by_clock);
}

/// Six calls that sleep for `ms` milliseconds. The kernel writes back what is left of the time to the
/// arguments of ppoll, select and pselect6.
struct Sleeper {
  const char* call;
  std::uint64_t (*sleep)(long ms);
};

timespec as_timespec(long ms) { return {0, ms * 1'000'000}; }

constexpr Sleeper kSleepers[] = {
    {"x86_64:nanosleep",
     [](long ms) {
       const timespec length = as_timespec(ms);
       return sleep_by(SYS_nanosleep, as_argument(&length), 0);
     }},
    {"x86_64:clock_nanosleep",
     [](long ms) {
       const timespec length = as_timespec(ms);
       return sleep_by(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, as_argument(&length), 0);
     }},
    {"x86_64:poll", [](long ms) { return sleep_by(SYS_poll, 0, 0, ms); }},
    {"x86_64:ppoll",
     [](long ms) {
       timespec length = as_timespec(ms);
       return sleep_by(SYS_ppoll, 0, 0, as_argument(&length), 0, 0);
     }},
    {"x86_64:select",
     [](long ms) {
       timeval length{0, ms * 1'000};
       return sleep_by(SYS_select, 0, 0, 0, 0, as_argument(&length));
     }},
    {"x86_64:pselect6",
     [](long ms) {
       timespec length = as_timespec(ms);
       return sleep_by(SYS_pselect6, 0, 0, 0, 0, as_argument(&length), 0);
     }},
};

// Each call is known by its name, and its length by its step: nothing can be taken for anything else.
void run_staircase(const Options& options, Truth& truth) {
  long ms = 1;
  for (const Sleeper& sleeper : kSleepers) {
    std::uint64_t took = 0;
    for (std::uint64_t i = 0; i < options.n; ++i) took += sleeper.sleep(ms);
    record(truth, sleeper.call, options.n, static_cast<std::uint64_t>(ms) * 1'000'000, took);
    ms *= 2;
  }
}

constexpr long kPollMs = 5;

void run_poll(const Options& options, Truth& truth) {
  for (const Sleeper& sleeper : kSleepers) {
    const std::string_view name = sleeper.call;
    if (name.find("nanosleep") != std::string_view::npos) continue;
    std::uint64_t took = 0;
    for (std::uint64_t i = 0; i < options.n; ++i) took += sleeper.sleep(kPollMs);
    record(truth, sleeper.call, options.n, kPollMs * 1'000'000, took);
  }
}

constexpr long kThreadSleepNs = 1'000'000;

struct SleepingThread {
  pthread_t id;
  std::uint64_t times;
  std::uint64_t took_ns;
};

void* sleep_often(void* argument) {
  auto* thread = static_cast<SleepingThread*>(argument);
  const timespec length{0, kThreadSleepNs};
  for (std::uint64_t i = 0; i < thread->times; ++i)
    thread->took_ns += sleep_by(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, as_argument(&length), 0);
  return nullptr;
}

void run_threads_sleep(const Options& options, Truth& truth) {
  constexpr unsigned kMaxThreads = 64;
  const unsigned count = options.threads != 0 ? options.threads : 4;
  require(count <= kMaxThreads, "at most 64 threads");
  SleepingThread threads[kMaxThreads];
  for (unsigned i = 0; i < count; ++i) {
    threads[i] = {{}, options.n, 0};
    require(pthread_create(&threads[i].id, nullptr, sleep_often, &threads[i]) == 0, "cannot create a thread");
  }
  std::uint64_t took = 0;
  for (unsigned i = 0; i < count; ++i) {
    require(pthread_join(threads[i].id, nullptr) == 0, "cannot join a thread");
    took += threads[i].took_ns;
  }
  truth.measured("threads", count);
  record(truth, "x86_64:clock_nanosleep", count * options.n, kThreadSleepNs, took);
}

constexpr Scenario kScenarios[] = {
    {"sleep", 10, "N sleeps of 10 ms by nanosleep and as many by clock_nanosleep", run_sleep},
    {"staircase", 2, "six calls that sleep N times, each twice as long as the one before: 1 to 32 ms",
     run_staircase},
    {"poll", 20, "N timeouts of 5 ms each of poll, ppoll, select and pselect6", run_poll},
    {"threads-sleep", 50, "4 threads, N sleeps of 1 ms by clock_nanosleep in each", run_threads_sleep},
};

}  // namespace

std::span<const Scenario> sleeping_scenarios() { return kScenarios; }

}  // namespace latimer::workload
