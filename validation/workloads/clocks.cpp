// Reading clocks through the vDSO, which makes no system call. Its functions are looked up here: a static C
// library may make the calls instead.
#include <elf.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "validation/workloads/raw.h"
#include "validation/workloads/refused.h"
#include "validation/workloads/scenario.h"

namespace latimer::workload {
namespace {

/// The symbols of the vDSO: vdso(7), elf(5).
class Vdso {
 public:
  Vdso() {
    char* image = as_pointer<char>(getauxval(AT_SYSINFO_EHDR));
    if (image == nullptr) return;
    const auto* header = reinterpret_cast<const Elf64_Ehdr*>(image);
    const auto* segments = reinterpret_cast<const Elf64_Phdr*>(image + header->e_phoff);
    const Elf64_Dyn* dynamic = nullptr;
    for (unsigned i = 0; i < header->e_phnum; ++i) {
      if (segments[i].p_type == PT_LOAD) zero_ = image + segments[i].p_offset - segments[i].p_vaddr;
      if (segments[i].p_type == PT_DYNAMIC)
        dynamic = reinterpret_cast<const Elf64_Dyn*>(image + segments[i].p_offset);
    }
    for (; dynamic != nullptr && dynamic->d_tag != DT_NULL; ++dynamic) {
      if (dynamic->d_tag == DT_SYMTAB)
        symbols_ = reinterpret_cast<const Elf64_Sym*>(zero_ + dynamic->d_un.d_ptr);
      if (dynamic->d_tag == DT_STRTAB) names_ = zero_ + dynamic->d_un.d_ptr;
    }
  }

  /// Ends the program as skipped when there is no such function.
  template <typename Function>
  Function find(const char* name) const {
    // The number of symbols is told nowhere but in hash tables; linkers put the names right behind them.
    const auto* end = reinterpret_cast<const Elf64_Sym*>(names_);
    for (const Elf64_Sym* symbol = symbols_; symbol != nullptr && symbol + 1 <= end; ++symbol) {
      if (strcmp(names_ + symbol->st_name, name) == 0)
        return reinterpret_cast<Function>(zero_ + symbol->st_value);
    }
    quit(kExitSkip, "there is no vDSO, or it lacks ", name);
  }

 private:
  char* zero_ = nullptr;  ///< Where its address 0 lies.
  const Elf64_Sym* symbols_ = nullptr;
  const char* names_ = nullptr;
};

struct Clocks {
  long (*clock_gettime)(clockid_t, timespec*);
  long (*gettimeofday)(timeval*, void*);
  time_t (*time)(time_t*);
};

bool read_clocks(const Clocks& clocks) {
  timespec monotonic{};
  timeval real{};
  return clocks.clock_gettime(CLOCK_MONOTONIC, &monotonic) == 0 && clocks.gettimeofday(&real, nullptr) == 0 &&
         clocks.time(nullptr) > 0;
}

// With clock sources that a program cannot read (hpet, acpi_pm, ...) the vDSO makes the calls: in a child
// where they are refused, it fails.
void require_no_calls(const Clocks& clocks) {
  block_child_signal();
  const pid_t child = raw_fork();
  if (child == 0) {
    constexpr unsigned kRefused[] = {SYS_clock_gettime, SYS_gettimeofday, SYS_time};
    refuse(kRefused);
    leave(read_clocks(clocks) ? kExitOk : kExitSkip);
  }
  const int status = raw_wait(child);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != kExitOk)
    quit(kExitSkip, "the vDSO cannot read the clock source of this host");
}

void run_vdso(const Options& options, Truth& truth) {
  const Vdso vdso;
  Clocks clocks{};
  clocks.clock_gettime = vdso.find<decltype(clocks.clock_gettime)>("__vdso_clock_gettime");
  clocks.gettimeofday = vdso.find<decltype(clocks.gettimeofday)>("__vdso_gettimeofday");
  clocks.time = vdso.find<decltype(clocks.time)>("__vdso_time");
  require_no_calls(clocks);
  for (std::uint64_t i = 0; i < options.n; ++i) require(read_clocks(clocks), "the vDSO failed");
  for (const char* call : {"x86_64:clock_gettime", "x86_64:gettimeofday", "x86_64:time"})
    truth.completed(call, 0);
  truth.note("clocks are read, but not by system calls");
}

constexpr Scenario kScenarios[] = {
    {"vdso", 10'000, "clock_gettime, gettimeofday and time by the vDSO, N times each: no system call",
     run_vdso},
};

}  // namespace

std::span<const Scenario> clock_scenarios() { return kScenarios; }

}  // namespace latimer::workload
