#include "validation/workloads/looks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <atomic>

#include "validation/workloads/raw.h"
#include "validation/workloads/scenario.h"

namespace latimer::workload {
namespace {

struct Looks {
  std::atomic<std::uint64_t> opens, missing;  // missing: of the opens, those without a process
  std::atomic<std::uint64_t> reads, gone;     // gone: of the reads, those whose process went after the open
  std::atomic<std::uint64_t> pauses;
};

Looks* looks = nullptr;

void count(std::atomic<std::uint64_t>& counter) { counter.fetch_add(1, std::memory_order_relaxed); }

// The state letter follows the last ')' (a comm may hold any byte): proc(5), /proc/pid/stat, fields 2 and 3.
// '\0' when there is no such task.
char state_of(const char* path) {
  const long fd = raw_syscall(SYS_openat, AT_FDCWD, as_argument(path), O_RDONLY | O_CLOEXEC);
  count(looks->opens);
  if (fd < 0) {
    require(fd == -ENOENT, "cannot open the state of a task in /proc");
    count(looks->missing);
    return '\0';
  }
  char text[512];
  const long size = raw_syscall(SYS_pread64, fd, as_argument(text), sizeof text - 1, 0);
  count(looks->reads);
  raw_syscall(SYS_close, fd);
  if (size < 0) {
    require(size == -ESRCH, "cannot read the state of a task from /proc");
    count(looks->gone);
    return '\0';
  }
  text[size] = '\0';
  const char* end = strrchr(text, ')');
  return end != nullptr && end[1] == ' ' ? end[2] : '\0';
}

}  // namespace

void prepare_looks() {
  void* page = mmap(nullptr, sizeof(Looks), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  require(page != MAP_FAILED, "cannot map memory");
  looks = static_cast<Looks*>(page);  // zeroed by the kernel; there until the program ends
}

void short_pause() {
  const timespec length{0, 20'000};
  raw_syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, as_argument(&length));
  count(looks->pauses);
}

void wait_for_state(pid_t process, pid_t task, const char* states) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task/%d/stat", process, task);
  for (;;) {
    const char state = state_of(path);
    require(state != '\0', "a task went while it was waited for");
    if (strchr(states, state) != nullptr) return;
    short_pause();
  }
}

void wait_for_end(pid_t process) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/stat", process);
  for (;;) {
    const char state = state_of(path);
    if (state == '\0' || state == 'Z' || state == 'X') return;
    short_pause();
  }
}

void record_looks(Truth& truth) {
  const std::uint64_t missing = looks->missing, gone = looks->gone;
  truth.completed("x86_64:openat", looks->opens - missing);
  if (missing > 0) truth.failed("x86_64:openat", "ENOENT", missing);
  truth.completed("x86_64:pread64", looks->reads - gone);
  if (gone > 0) truth.failed("x86_64:pread64", "ESRCH", gone);
  truth.completed("x86_64:close", looks->reads);
  truth.completed("x86_64:clock_nanosleep", looks->pauses);
}

}  // namespace latimer::workload
