// Asks the installed strace what its names and classes are, and whether it takes our -e trace= expressions as
// we mean them. A program makes every system call there is, under a seccomp filter that refuses each with
// ENOSYS; strace sees a call before seccomp does, so its output lists the calls it selects, one a line.
#include <catch2/catch.hpp>

#if defined(__x86_64__)

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "core/engine/syscall_filter.h"
#include "core/model/syscall_class.h"
#include "tests/support/skip.h"

using namespace latimer;

namespace {

constexpr int kLastNumber = 480;

// uretprobe and uprobe kill their caller with SIGILL, seccomp or not.
bool is_deadly(Abi abi, int number) { return abi == Abi::x86_64 && (number == 335 || number == 336); }

void call_x86_64(long number) {
  long result = number;
  __asm__ volatile(
      "xor %%edi,%%edi; xor %%esi,%%esi; xor %%edx,%%edx; xor %%r10d,%%r10d; xor %%r8d,%%r8d; xor "
      "%%r9d,%%r9d;"
      "syscall"
      : "+a"(result)
      :
      : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory");
}

void call_i386(long number) {
  long result = number;
  __asm__ volatile(
      "mov %%rbx,%%r12; mov %%rbp,%%r13; xor %%ebx,%%ebx; xor %%ecx,%%ecx; xor %%edx,%%edx; xor %%esi,%%esi;"
      "xor %%edi,%%edi; xor %%ebp,%%ebp; int $0x80; mov %%r12,%%rbx; mov %%r13,%%rbp"
      : "+a"(result)
      :
      : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "memory");
}

[[noreturn]] void make_every_call(Abi abi) {
  std::signal(SIGILL, SIG_DFL);
  sock_filter refuse[] = {{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | 38}};
  const sock_fprog program = {1, refuse};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    std::_Exit(3);
  }
  for (int number = 0; number < kLastNumber; ++number) {
    if (is_deadly(abi, number)) continue;
    abi == Abi::x86_64 ? call_x86_64(number) : call_i386(number);
  }
  __builtin_trap();  // exit_group is refused, too
}

struct Traced {
  int number;
  std::string name;
};

// The refused calls that `strace -n -e trace=EXPRESSION` prints; empty when it does not run at all.
std::vector<Traced> trace(Abi abi, const std::string& expression) {
  char log[] = "/tmp/latimer-agreement-XXXXXX";
  const int descriptor = mkstemp(log);
  REQUIRE(descriptor >= 0);
  char self[4096] = {};
  REQUIRE(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
  const std::string command = "ulimit -c 0; strace -n -e signal=none -e trace='" + expression + "' -o " +
                              log + " '" + self + "' '[.make-every-call-" + std::string(to_string(abi)) +
                              "]' >/dev/null 2>&1";
  [[maybe_unused]] const int status = std::system(command.c_str());  // dies of SIGILL as it should
  std::vector<Traced> calls;
  std::FILE* const file = fdopen(descriptor, "r");
  for (char line[4096]; std::fgets(line, sizeof line, file) != nullptr;) {
    int number = 0;
    char name[64] = {};
    if (std::sscanf(line, "[ %d] %63[a-z0-9A-Z_](", &number, name) != 2) continue;
    const std::string text = line;
    // The program's own start, before the filter, is not of interest. sigreturn's result is decoded from the
    // frame, and exit has none.
    const bool refused = text.find("= -1 ENOSYS") != std::string::npos ||
                         text.find("sigreturn(") != std::string::npos ||
                         text.find("= ?") != std::string::npos;
    if (refused) calls.push_back({number, name});
  }
  std::fclose(file);
  unlink(log);
  return calls;
}

// The ABIs that can be tried here: none without strace, x86_64 alone on a kernel without int 0x80.
std::vector<Abi> usable_abis() {
  std::vector<Abi> abis;
  for (const Abi abi : kHostAbis) {
    if (!trace(abi, "all").empty()) abis.push_back(abi);
  }
  if (abis.empty())
    test::skip("no strace that can trace a child (apt-get install strace; ptrace must be allowed)");
  return abis;
}

bool is_nameless(const Traced& call) { return call.name.starts_with("syscall_"); }

// The numbers that this strace has names for.
std::set<int> names_known_to_strace(Abi abi) {
  std::set<int> known;
  for (const Traced& call : trace(abi, "all")) {
    if (!is_nameless(call)) known.insert(call.number);
  }
  return known;
}

std::set<int> named(const std::vector<Traced>& calls) {
  std::set<int> numbers;
  for (const Traced& call : calls) {
    if (!is_nameless(call)) numbers.insert(call.number);
  }
  return numbers;
}

}  // namespace

TEST_CASE("helper: make every x86_64 call", "[.make-every-call-x86_64]") { make_every_call(Abi::x86_64); }
TEST_CASE("helper: make every i386 call", "[.make-every-call-i386]") { make_every_call(Abi::i386); }

TEST_CASE("our names are strace's names, and all of strace's names are known") {
  for (const Abi abi : usable_abis()) {
    std::size_t compared = 0;
    for (const Traced& call : trace(abi, "all")) {
      if (is_nameless(call)) continue;
      ++compared;
      INFO(to_string(abi) << " " << call.number);
      CHECK(syscall_name(abi, call.number) == call.name);
    }
    CHECK(compared > 350);
  }
}

TEST_CASE("our classes are strace's classes") {
  for (const Abi abi : usable_abis()) {
    const std::set<int> known = names_known_to_strace(abi);
    for (std::size_t i = 0; i < kSyscallClassCount; ++i) {
      const auto id = static_cast<SyscallClass>(i);
      const std::set<int> traced = named(trace(abi, std::string(to_string(id))));
      for (const int number : known) {
        if (syscall_name(abi, number) == "socketcall") continue;  // see syscall_class.h
        INFO(to_string(abi) << " " << to_string(id) << " " << syscall_name(abi, number));
        CHECK(syscall_class_mask(abi, id)[static_cast<std::size_t>(number)] == traced.contains(number));
      }
    }
  }
}

TEST_CASE("strace reports what our expression for it says, and every nameless call besides") {
  for (const Abi abi : usable_abis()) {
    const std::set<int> known = names_known_to_strace(abi);
    for (const char* text : {"read", "!read", "!%file", "%network,%desc", "%memory", "/^ipc$/,/^signal$/",
                             "none", "all", "openat2,waitpid,mseal", "!/^futex/"}) {
      Result<SyscallFilter> filter = SyscallFilter::parse(text);
      REQUIRE(filter.ok());
      const std::vector<Traced> calls = trace(abi, filter->strace_expression());
      const std::set<int> traced = named(calls);
      for (const int number : known) {
        INFO(to_string(abi) << " " << text << ": " << syscall_name(abi, number));
        CHECK(filter->selects(abi, number) == traced.contains(number));
      }
      CHECK(std::any_of(calls.begin(), calls.end(), is_nameless));
    }
  }
}

#endif
