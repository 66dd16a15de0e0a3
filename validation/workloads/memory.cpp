// Memory that comes and goes.
#include <sys/mman.h>

#include "validation/workloads/raw.h"
#include "validation/workloads/scenario.h"

namespace latimer::workload {
namespace {

constexpr long kMapped = 64 * 1024;

bool is_error(long result) { return result < 0 && result >= -4095; }

void run_mmap_churn(const Options& options, Truth& truth) {
  for (std::uint64_t i = 0; i < options.n; ++i) {
    const long address =
        raw_syscall(SYS_mmap, 0, kMapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    require(!is_error(address), "mmap failed");
    *as_pointer<volatile char>(static_cast<unsigned long>(address)) = 1;
    require(raw_syscall(SYS_munmap, address, kMapped) == 0, "munmap failed");
  }
  truth.completed("x86_64:mmap", options.n + 1);  // one by prepare_looks
  truth.completed("x86_64:munmap", options.n);
}

constexpr Scenario kScenarios[] = {
    {"mmap-churn", 1'000, "64 KiB mapped, touched and unmapped N times", run_mmap_churn},
};

}  // namespace

std::span<const Scenario> memory_scenarios() { return kScenarios; }

}  // namespace latimer::workload
