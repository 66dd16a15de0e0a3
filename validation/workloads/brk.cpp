// brk, counted exactly. The C library calls it, too, as it starts; how often depends on its version. So this
// scenario is over before the library starts, and does without it: no memcpy, no stack guard, no thread-local
// data.
#include <stddef.h>
#include <sys/uio.h>
#include <unistd.h>

#include "validation/workloads/raw.h"
#include "validation/workloads/scenario.h"

// The program's entry (CMakeLists.txt), for every scenario. _start wants rsp and rdx as the kernel left them:
// AMD64 ABI, 3.4.1.
asm(R"(
  .pushsection .text
  .globl enter_before_libc
  .type enter_before_libc, @function
enter_before_libc:
  mov %rdx, %rbx
  mov %rsp, %rdi
  call before_libc
  mov %rbx, %rdx
  jmp _start
  .size enter_before_libc, . - enter_before_libc
  .popsection
)");

namespace latimer::workload {
namespace {

constexpr std::uint64_t kDefaultTimes = 1'000;
constexpr long kGrowth = 64 * 1024;

bool is_brk(const char* word) {
  return word[0] == 'b' && word[1] == 'r' && word[2] == 'k' && word[3] == '\0';
}

/// False when it is no number.
bool parse(const char* digits, std::uint64_t& number) {
  number = 0;
  if (*digits == '\0') return false;
  for (; *digits >= '0' && *digits <= '9'; ++digits)
    number = number * 10 + static_cast<std::uint64_t>(*digits - '0');
  return *digits == '\0';
}

// What Truth::print would write.
bool print_truth(std::uint64_t count) {
  static const char before[] = R"({"scenario":"brk","truth":{"x86_64:brk":{"count":)";
  static const char after[] =
      R"(,"errors":{}}},"killed_inside":{},"in_flight":{},"refused":{},"logical":{},"at_least_ns":{},)"
      R"("took_ns":{},"bytes":{},"launch_adds":{},"after_user_change":{},"measured":{},"child_returns":0,"pattern":"","notes":""})"
      "\n";
  char digits[20];
  char* first = digits + sizeof digits;
  for (; count > 0; count /= 10) *--first = static_cast<char>('0' + count % 10);
  const size_t length = static_cast<size_t>(digits + sizeof digits - first);
  const iovec pieces[] = {{const_cast<char*>(before), sizeof before - 1},
                          {first, length},
                          {const_cast<char*>(after), sizeof after - 1}};
  return raw_syscall(SYS_writev, STDOUT_FILENO, as_argument(pieces), 3) ==
         static_cast<long>(sizeof before - 1 + length + sizeof after - 1);
}

int grow_and_shrink(std::uint64_t times) {
  const long start = raw_syscall(SYS_brk, 0);
  for (std::uint64_t i = 0; i < times; ++i) {
    if (raw_syscall(SYS_brk, start + kGrowth) != start + kGrowth) return kExitFailure;
    *as_pointer<volatile char>(static_cast<unsigned long>(start)) = 1;
    if (raw_syscall(SYS_brk, start) != start) return kExitFailure;
  }
  return print_truth(2 * times + 1) ? kExitOk : kExitFailure;
}

void run_too_late(const Options&, Truth&) {
  quit(kExitUsage, "brk takes no options: it has to run before the C library starts");
}

constexpr Scenario kScenarios[] = {
    {"brk", kDefaultTimes, "the heap grown by 64 KiB, touched and shrunk again N times", run_too_late},
};

}  // namespace

/// `stack` is what the kernel put there: argc, then argv.
extern "C" void before_libc(const long* stack) {
  const long argc = stack[0];
  const auto* argv = reinterpret_cast<const char* const*>(stack + 1);
  if (argc < 2 || argc > 3 || !is_brk(argv[1])) return;
  std::uint64_t times = kDefaultTimes;
  if (argc == 3 && !parse(argv[2], times)) return;
  const int status = grow_and_shrink(times);
  for (;;) raw_syscall(SYS_exit_group, status);
}

std::span<const Scenario> brk_scenarios() { return kScenarios; }

}  // namespace latimer::workload
