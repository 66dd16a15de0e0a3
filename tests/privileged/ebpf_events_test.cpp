// What the ebpf backend tells of single calls, against calls made by this test itself.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <functional>
#include <vector>

#include "backends/ebpf/ebpf_backend.h"
#include "core/model/syscall_table.h"
#include "tests/support/skip.h"
#include "validation/workloads/raw.h"

using namespace latimer;
using namespace std::chrono_literals;

namespace {

// A child that waits for a byte before it lives on; killed at the end.
class Waiting {
 public:
  explicit Waiting(const std::function<void()>& life) {
    REQUIRE(::pipe(gate_) == 0);
    pid_ = ::fork();
    if (pid_ != 0) return;
    char byte;
    if (::read(gate_[0], &byte, 1) == 1) life();
    ::_exit(0);
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    ::close(gate_[0]);
    ::close(gate_[1]);
  }
  void go() { REQUIRE(::write(gate_[1], "g", 1) == 1); }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
  int gate_[2] = {-1, -1};
};

// Every event of the child's life; empty, and the case skipped, where eBPF cannot be used.
std::vector<SyscallEvent> events_of(const std::function<void()>& life) {
  const std::unique_ptr<Backend> backend = make_ebpf_backend();
  if (const ProbeReport probe = backend->probe(false); !probe.available()) {
    test::skip(probe.first_failure()->what + ": " + probe.first_failure()->detail);
    return {};
  }
  Waiting child(life);
  CaptureRequest request;
  request.target = PidTarget{{child.pid()}, true};
  request.mode = CaptureMode::stream;
  Result<std::unique_ptr<EventSource>> source = backend->open(request);
  REQUIRE(source.ok());
  REQUIRE((*source)->start());
  child.go();
  std::vector<SyscallEvent> events;
  const auto limit = std::chrono::steady_clock::now() + 60s;
  for (;;) {
    Batch batch;
    const Result<Next> next = (*source)->next(batch, limit);
    REQUIRE(next.ok());
    REQUIRE(*next != Next::idle);
    if (*next == Next::end) break;
    events.insert(events.end(), batch.events.begin(), batch.events.end());
  }
  (*source)->stop();
  CHECK((*source)->stats().ledger.total_lost() == 0);
  return events;
}

std::vector<SyscallEvent> only(const std::vector<SyscallEvent>& events, Abi abi, std::string_view name) {
  std::vector<SyscallEvent> found;
  for (const SyscallEvent& event : events) {
    if (event.abi == abi && syscall_name(abi, event.number) == name) found.push_back(event);
  }
  return found;
}

}  // namespace

TEST_CASE("events carry the six arguments of either ABI", "[ebpf][live]") {
  constexpr int kGetppid32 = 64;
  const auto events = events_of([] {
    workload::raw_syscall(SYS_getppid, 0x1111111111, 0x2222222222, 0x3333333333, 0x4444444444, 0x5555555555,
                          0x6666666666);
    workload::compat_syscall(kGetppid32, 0xa1a1a1a1, 0xb2b2b2b2, 0xc3c3c3c3);
  });
  if (events.empty()) return;
  const auto native = only(events, Abi::x86_64, "getppid");
  REQUIRE(native.size() == 1);
  CHECK(native[0].args == std::array<std::uint64_t, 6>{0x1111111111, 0x2222222222, 0x3333333333, 0x4444444444,
                                                       0x5555555555, 0x6666666666});
  CHECK(native[0].return_value == ::getpid());
  const auto compat = only(events, Abi::i386, "getppid");
  REQUIRE(compat.size() == 1);
  CHECK(compat[0].args[0] == 0xa1a1a1a1);
  CHECK(compat[0].args[1] == 0xb2b2b2b2);
  CHECK(compat[0].args[2] == 0xc3c3c3c3);
}

TEST_CASE("a call that comes back with other registers keeps the arguments it was made with",
          "[ebpf][live]") {
  static const char* const argv[] = {"true", nullptr};
  static const char* const env[] = {nullptr};
  const auto events =
      events_of([] { ::execve("/bin/true", const_cast<char**>(argv), const_cast<char**>(env)); });
  if (events.empty()) return;
  const auto exec = only(events, Abi::x86_64, "execve");
  REQUIRE(exec.size() == 1);
  CHECK(exec[0].return_value == 0);
  CHECK(exec[0].args[1] == reinterpret_cast<std::uint64_t>(argv));
  CHECK(exec[0].args[2] == reinterpret_cast<std::uint64_t>(env));
}

TEST_CASE("a call in which its caller was killed tells what it was", "[ebpf][live]") {
  const auto events = events_of([] {
    const pid_t child = ::fork();
    if (child == 0) {
      ::pause();
      ::_exit(0);
    }
    ::usleep(50'000);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  });
  if (events.empty()) return;
  const auto pause = only(events, Abi::x86_64, "pause");
  REQUIRE(pause.size() == 1);
  CHECK(pause[0].kind == EventKind::killed_inside);
  CHECK_FALSE(pause[0].return_value.has_value());
}
