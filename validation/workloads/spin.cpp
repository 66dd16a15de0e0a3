// Loops: one call many times over, in one thread or several, and a mix of forty calls.
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "validation/workloads/mix.h"
#include "validation/workloads/raw.h"
#include "validation/workloads/scenario.h"

namespace latimer::workload {
namespace {

constexpr unsigned kMaxThreads = 64;
/// One thread's work: makes `rounds` rounds of calls.
using Work = void (*)(std::uint64_t rounds);

std::uint64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);  // the vDSO: not a system call
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
}

void pin_to(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(cpu), &set);
  require(sched_setaffinity(0, sizeof set, &set) == 0, "cannot pin to the CPU asked for");
}

struct Spinner {
  const Options* options;
  Work work;
  unsigned index;
  std::uint64_t rounds = 0;  ///< out
};

void* spin(void* argument) {
  auto* self = static_cast<Spinner*>(argument);
  const Options& options = *self->options;
  if (options.cpu >= 0) {
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    pin_to(static_cast<int>((options.cpu + self->index) % static_cast<unsigned>(std::max(online, 1L))));
  }
  if (options.seconds == 0) {
    self->work(options.n);
    self->rounds = options.n;
    return nullptr;
  }
  constexpr std::uint64_t kBetweenLooks = 200;  // rounds between two looks at the clock
  const std::uint64_t end = now_ns() + options.seconds * std::uint64_t{1'000'000'000};
  while (now_ns() < end) {
    self->work(kBetweenLooks);
    self->rounds += kBetweenLooks;
  }
  return nullptr;
}

/// Runs `work` in `count` threads; the sum of their rounds. One thread is this one.
std::uint64_t spin_threads(const Options& options, unsigned count, Work work) {
  require(count <= kMaxThreads, "at most 64 threads");
  std::array<Spinner, kMaxThreads> spinners;
  std::array<pthread_t, kMaxThreads> threads;
  for (unsigned i = 0; i < count; ++i) spinners[i] = {&options, work, i};
  for (unsigned i = 1; i < count; ++i) {
    require(pthread_create(&threads[i], nullptr, spin, &spinners[i]) == 0, "cannot create a thread");
  }
  spin(&spinners[0]);
  std::uint64_t rounds = spinners[0].rounds;
  for (unsigned i = 1; i < count; ++i) {
    require(pthread_join(threads[i], nullptr) == 0, "cannot join a thread");
    rounds += spinners[i].rounds;
  }
  return rounds;
}

constexpr std::uint64_t kChainCycles = 21'000;

/// How long `kChainCycles` of the CPU last at this moment: multiplications that wait for each other, 3 cycles
/// each on x86 CPUs since 2008 (uops.info, IMUL r64).
std::uint64_t time_chain() {
  std::uint64_t value = 3;
  std::uint64_t factor = 5;
  asm volatile("" : "+r"(factor));  // or the compiler would add and shift
  const std::uint64_t start = now_ns();
  for (std::uint64_t i = 0; i < kChainCycles / 3; ++i) {
    value *= factor;
    asm volatile("" : "+r"(value));
  }
  return now_ns() - start;
}

/// n rounds in blocks, each timed in cycles, which are measured before and after it: CPUs change their speed
/// within milliseconds, some by a sixth. Reports the block that a tenth of them are faster than, because what
/// else disturbs a block only slows it, but what disturbs the measuring of its cycles makes it seem fast; in
/// thousandths of a cycle per call, and the least that a cycle lasted in femtoseconds.
void spin_timed(const Options& options, Work work, unsigned calls_per_round, Truth& truth) {
  if (options.cpu >= 0) pin_to(options.cpu);
  constexpr std::size_t kBlocks = 400;
  require(options.n % kBlocks == 0, "with --time, N must be a multiple of 400");
  const std::uint64_t rounds = options.n / kBlocks;
  require(rounds > 0, "with --time, N must not be 0");
  std::array<std::uint64_t, kBlocks> millicycles{};
  std::uint64_t before = time_chain();
  std::uint64_t fastest = before;
  for (std::uint64_t& block : millicycles) {
    const std::uint64_t start = now_ns();
    work(rounds);
    const std::uint64_t duration = now_ns() - start;
    const std::uint64_t after = time_chain();
    block = duration * kChainCycles * 1000 * 2 / (before + after) / (rounds * calls_per_round);
    fastest = std::min(fastest, after);
    before = after;
  }
  std::sort(millicycles.begin(), millicycles.end());
  truth.measured("millicycles_per_call", millicycles[kBlocks / 10]);
  truth.measured("cycle_fs", fastest * 1'000'000 / kChainCycles);
}

void run_loop(const Options& options, Truth& truth) {
  std::uint64_t rounds = options.n;
  if (options.time) {
    spin_timed(options, raw_getppid, 1, truth);
  } else {
    rounds = spin_threads(options, 1, raw_getppid);
  }
  truth.completed("x86_64:getppid", rounds);
}

void run_threads(const Options& options, Truth& truth) {
  const unsigned count = options.threads != 0 ? options.threads : 4;
  truth.measured("threads", count);
  truth.completed("x86_64:getppid", spin_threads(options, count, raw_getppid));
}

void run_mix(const Options& options, Truth& truth) {
  prepare_mix();
  std::uint64_t rounds = options.n;
  if (options.time) {
    spin_timed(options, mix_rounds, kMixCalls, truth);
  } else {
    rounds = spin_threads(options, options.threads != 0 ? options.threads : 1, mix_rounds);
  }
  record_mix(rounds, truth);
  truth.note("every call of the mix succeeds but readlinkat, a path that does not exist");
}

void run_cpu(const Options& options, Truth& truth) {
  std::uint64_t state = 88172645463325252U;  // xorshift64 (Marsaglia 2003): nothing the compiler can shorten
  for (std::uint64_t i = 0; i < options.n * 1'000'000; ++i) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    asm volatile("" : "+r"(state));
  }
  truth.completed("x86_64:getppid", 0);
  truth.note("arithmetic only; no system call between the first and the line of JSON");
}

void* churn_thread(void*) {
  raw_getppid(10);
  return nullptr;
}

void run_churn(const Options& options, Truth& truth) {
  for (std::uint64_t i = 0; i < options.n; ++i) {
    pthread_t thread;
    require(pthread_create(&thread, nullptr, churn_thread, nullptr) == 0, "cannot create a thread");
    require(pthread_join(thread, nullptr) == 0, "cannot join a thread");
  }
  truth.completed("x86_64:getppid", options.n * 10);
}

constexpr Scenario kScenarios[] = {
    {"loop", 100'000, "getppid N times in one thread", run_loop},
    {"threads", 100'000, "4 threads, getppid N times in each", run_threads},
    {"mix", 1'000, "N rounds of 40 different cheap calls", run_mix},
    {"cpu", 100, "N million steps of arithmetic and no call", run_cpu},
    {"churn", 500, "N threads, one after the other, 10 getppid in each", run_churn},
};

}  // namespace

std::span<const Scenario> spin_scenarios() { return kScenarios; }

}  // namespace latimer::workload
