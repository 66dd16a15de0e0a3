// Two threads that hand a word to each other by futex. Whether a waiter sleeps or finds the word already
// changed depends on timing, so every return is counted by its value and becomes part of the truth.
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>

#include "validation/workloads/looks.h"
#include "validation/workloads/raw.h"
#include "validation/workloads/scenario.h"

namespace latimer::workload {
namespace {

/// Whose turn it is.
unsigned turn = 0;

struct Player {
  unsigned own;
  std::uint64_t rounds;
  std::uint64_t calls = 0;  ///< out
  std::uint64_t stale = 0;  ///< out: of the calls, those that found the word changed
};

long futex(long operation, long value) {
  return raw_syscall(SYS_futex, as_argument(&turn), operation | FUTEX_PRIVATE_FLAG, value);
}

void wait_for_turn(Player& self) {
  const unsigned other = 1 - self.own;
  while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) == other) {
    const long result = futex(FUTEX_WAIT, other);
    require(result == 0 || result == -EAGAIN, "futex returned what it cannot return");
    ++self.calls;
    self.stale += result == 0 ? 0U : 1U;
  }
}

void* play(void* argument) {
  auto& self = *static_cast<Player*>(argument);
  for (std::uint64_t i = 0; i < self.rounds; ++i) {
    wait_for_turn(self);
    __atomic_store_n(&turn, 1 - self.own, __ATOMIC_RELEASE);
    require(futex(FUTEX_WAKE, 1) >= 0, "futex did not wake");
    ++self.calls;
  }
  return nullptr;
}

void run_futex(const Options& options, Truth& truth) {
  Player here{0, options.n}, there{1, options.n};
  pthread_t thread;
  require(pthread_create(&thread, nullptr, play, &there) == 0, "cannot create a thread");
  play(&here);
  while (pthread_tryjoin_np(thread, nullptr) == EBUSY) short_pause();  // pthread_join would wait in futex
  truth.completed("x86_64:futex", here.calls + there.calls - here.stale - there.stale);
  truth.failed("x86_64:futex", "EAGAIN", here.stale + there.stale);
  record_looks(truth);
}

constexpr Scenario kScenarios[] = {
    {"futex", 1'000, "a word handed over by futex N times by each of two threads", run_futex},
};

}  // namespace

std::span<const Scenario> futex_scenarios() { return kScenarios; }

}  // namespace latimer::workload
