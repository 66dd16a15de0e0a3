// The strace backend on real processes: how a capture begins and, above all, how it ends.
#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <functional>
#include <set>
#include <thread>

#include "backends/strace/strace_backend.h"
#include "core/model/syscall_table.h"
#include "core/sys/child_process.h"
#include "core/sys/proc.h"
#include "tests/support/skip.h"

using namespace latimer;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kLimit = 60s;  // nothing here takes that long unless it is broken

bool have_strace() {
  if (resolve_command("strace").ok()) return true;
  WARN("skipped: strace is not installed");
  return false;
}

bool eventually(const std::function<bool()>& condition) {
  const auto limit = Clock::now() + kLimit;
  while (!condition()) {
    if (Clock::now() > limit) return false;
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

std::int32_t self() { return static_cast<std::int32_t>(::getpid()); }

// The strace that is a child of this process; 0: none.
std::int32_t running_strace() {
  for (const std::int32_t pid : children_of(self())) {
    if (comm_of(pid) == "strace" && stat_of(pid)->state != 'Z') return pid;
  }
  return 0;
}

bool untouched(std::int32_t pid) {
  const auto status = status_of(pid);
  const auto stat = stat_of(pid);
  return status && stat && status->tracer == 0 && stat->state != 'T' && stat->state != 't' &&
         stat->state != 'Z';
}

// A process that a test may attach to; killed at the end.
struct Victim {
  pid_t pid;
  explicit Victim(const std::function<void()>& life) : pid(::fork()) {
    if (pid != 0) return;
    life();
    ::_exit(0);
  }
  explicit Victim(const char* script)
      : Victim([script] { ::execl("/bin/sh", "sh", "-c", script, nullptr); }) {
    CHECK(eventually([this] { return comm_of(pid) == "sh"; }));
  }
  ~Victim() {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
};

struct Capture {
  std::unique_ptr<Backend> backend = make_strace_backend();
  std::unique_ptr<EventSource> source;
  std::vector<SyscallEvent> events;
  std::optional<Error> error;

  explicit Capture(Target target) {
    CaptureRequest request;
    request.target = std::move(target);
    Result<std::unique_ptr<EventSource>> opened = backend->open(request);
    if (!opened.ok()) {
      error = opened.error();
      return;
    }
    source = *std::move(opened);
    if (Status started = source->start(); !started) error = std::move(started).error();
  }
  // Until the condition holds, or the capture ends.
  bool pump(const std::function<bool()>& done) {
    const auto limit = Clock::now() + kLimit;
    while (Clock::now() < limit) {
      Batch batch;
      Result<Next> next = source->next(batch, Clock::now() + 20ms);
      events.insert(events.end(), batch.events.begin(), batch.events.end());
      if (!next.ok()) {
        error = next.error();
        return true;
      }
      if (*next == Next::end) return true;
      if (done()) return true;
    }
    return false;
  }
  bool pump_to_end() {
    return pump([] { return false; });
  }
  [[nodiscard]] std::size_t count(std::string_view name, EventKind kind = EventKind::completed) const {
    std::size_t result = 0;
    for (const SyscallEvent& event : events) {
      if (event.kind == kind && syscall_name(event.abi, event.number) == name) ++result;
    }
    return result;
  }
};

CommandTarget shell(std::string script) {
  return CommandTarget{{"sh", "-c", std::move(script)}, std::nullopt, true, false};
}

// One bit for each thing that was as it should be.
int try_as_nobody() {
  (void)!::setgid(65534);
  (void)!::setuid(65534);
  const Capture refused(PidTarget{{static_cast<std::int32_t>(::getppid())}, false});
  const bool explained =
      refused.error && refused.error->code == Errc::permission && !refused.error->hint.empty();
  Capture own(CommandTarget{{"/bin/true"}, std::nullopt, true, false});
  const bool works = !own.error && own.pump_to_end() && own.count("execve") == 1;
  Capture privileged(CommandTarget{{"su", "--version"}, std::nullopt, true, false});
  const bool warned = !privileged.error && privileged.source->stats().warnings.size() == 1;
  return (explained ? 1 : 0) | (works ? 2 : 0) | (warned ? 4 : 0);
}

void check_balance(Capture& capture) {
  const Ledger ledger = capture.source->stats().ledger;
  CHECK(ledger.enter_residual() == 0);
  CHECK(ledger.line_residual() == 0);
  CHECK(ledger.complete());
}

}  // namespace

TEST_CASE("stop lets the target run on, from any thread, more than once", "[strace][live]") {
  if (!have_strace()) return;
  Victim victim("while :; do sleep 0.01; done");
  Capture capture(PidTarget{{victim.pid}, true});
  REQUIRE_FALSE(capture.error.has_value());
  CHECK(status_of(victim.pid)->tracer == running_strace());
  CHECK(capture.pump([&] { return capture.events.size() > 100; }));
  std::thread one([&] { capture.source->stop(); });
  std::thread two([&] { capture.source->stop(); });
  one.join();
  two.join();
  CHECK(capture.pump_to_end());
  CHECK_FALSE(capture.error.has_value());
  CHECK(running_strace() == 0);
  CHECK(eventually([&] { return untouched(victim.pid); }));
  check_balance(capture);
  const auto before = children_of(victim.pid);
  CHECK(eventually([&] { return children_of(victim.pid) != before; }));  // it still makes its children
}

TEST_CASE("a source that is thrown away detaches", "[strace][live]") {
  if (!have_strace()) return;
  Victim victim("while :; do sleep 0.01; done");
  {
    Capture capture(PidTarget{{victim.pid}, false});
    REQUIRE_FALSE(capture.error.has_value());
  }
  CHECK(running_strace() == 0);
  CHECK(eventually([&] { return untouched(victim.pid); }));
}

TEST_CASE("a command that is never started never runs", "[strace][live]") {
  if (!have_strace()) return;
  char marker[] = "/tmp/latimer-live-XXXXXX";
  ::close(::mkstemp(marker));
  {
    CaptureRequest request;
    request.target = shell(std::string("rm ") + marker);
    const auto source = make_strace_backend()->open(request);
    REQUIRE(source.ok());
    CHECK(source.value()->command_pid().has_value());
  }
  CHECK(::access(marker, F_OK) == 0);
  ::unlink(marker);
  CHECK(children_of(self()).empty());
}

TEST_CASE("a stopped target stays stopped, and is let go", "[strace][live]") {
  if (!have_strace()) return;
  Victim victim("while :; do sleep 0.01; done");
  ::kill(victim.pid, SIGSTOP);
  CHECK(eventually([&] { return stat_of(victim.pid)->state == 'T'; }));
  Capture capture(PidTarget{{victim.pid}, true});
  REQUIRE_FALSE(capture.error.has_value());
  capture.source->stop();
  CHECK(capture.pump_to_end());
  CHECK(status_of(victim.pid)->tracer == 0);
  CHECK(stat_of(victim.pid)->state == 'T');
  ::kill(victim.pid, SIGCONT);
  CHECK(eventually([&] { return untouched(victim.pid); }));
}

TEST_CASE("a target that cannot be stopped does not keep Latimer", "[strace][live]") {
  if (!have_strace()) return;
  // A parent in vfork sleeps uninterruptibly until its child is gone. (Without CLONE_VM, which sanitizers do
  // not survive.)
  Victim victim([] {
    if (::syscall(SYS_clone, CLONE_VFORK | SIGCHLD, nullptr, nullptr, nullptr, nullptr) == 0) {
      ::sleep(600);
      ::_exit(0);
    }
  });
  CHECK(eventually([&] { return !children_of(victim.pid).empty(); }));
  const std::int32_t child = children_of(victim.pid).front();
  Capture capture(PidTarget{{victim.pid}, true});
  REQUIRE_FALSE(capture.error.has_value());
  capture.source->stop();
  CHECK(capture.pump_to_end());
  CHECK_FALSE(capture.error.has_value());
  CHECK(running_strace() == 0);
  CHECK(status_of(victim.pid)->tracer == 0);
  CHECK(capture.source->stats().warnings.size() == 1);
  ::kill(child, SIGKILL);
}

TEST_CASE("strace killed by somebody is a failure with its reason; the target lives", "[strace][live]") {
  if (!have_strace()) return;
  Victim victim("while :; do sleep 0.01; done");
  Capture capture(PidTarget{{victim.pid}, true});
  REQUIRE_FALSE(capture.error.has_value());
  CHECK(capture.pump([&] { return capture.events.size() > 50; }));
  ::kill(running_strace(), SIGKILL);
  CHECK(capture.pump_to_end());
  REQUIRE(capture.error.has_value());
  CHECK(capture.error->message.find("signal 9") != std::string::npos);
  CHECK(eventually([&] { return untouched(victim.pid); }));
  Batch batch;
  CHECK(capture.source->next(batch, Clock::now()).value() == Next::end);  // told once
}

TEST_CASE("a target killed inside a call", "[strace][live]") {
  if (!have_strace()) return;
  Victim victim([] {
    for (;;) ::pause();
  });
  REQUIRE(eventually([&] { return syscall_of(victim.pid).has_value(); }));
  Capture capture(PidTarget{{victim.pid}, false});
  REQUIRE_FALSE(capture.error.has_value());
  CHECK(capture.pump([&] { return !capture.source->snapshot().value().in_flight.empty(); }));
  CHECK(capture.source->snapshot().value().in_flight[0].at_least);
  ::kill(victim.pid, SIGKILL);
  CHECK(capture.pump_to_end());
  CHECK(capture.count("pause", EventKind::killed_inside) == 1);
  check_balance(capture);
}

TEST_CASE("two hundred short children, each known", "[strace][live]") {
  if (!have_strace()) return;
  Capture capture(shell("i=0; while [ $i -lt 200 ]; do /bin/true; i=$((i+1)); done"));
  REQUIRE_FALSE(capture.error.has_value());
  CHECK(capture.pump_to_end());
  CHECK_FALSE(capture.error.has_value());
  CHECK(capture.count("execve") == 201);
  CHECK(capture.count("exit_group", EventKind::no_return) == 201);
  std::set<std::int32_t> processes;
  for (const SyscallEvent& event : capture.events) {
    CHECK(event.tgid.has_value());
    processes.insert(event.tgid.value_or(0));
  }
  CHECK(processes.size() == 201);
  CHECK(capture.source->command_status() == ExitStatus{false, false, 0});
  check_balance(capture);
}

TEST_CASE("the command's status is its own", "[strace][live]") {
  if (!have_strace()) return;
  Capture nine(shell("exit 9"));
  CHECK(nine.pump_to_end());
  CHECK(nine.source->command_status() == ExitStatus{false, false, 9});
  Capture killed(shell("kill -9 $$"));
  CHECK(killed.pump_to_end());
  CHECK(killed.source->command_status() == ExitStatus{true, false, SIGKILL});
}

TEST_CASE("without following, only the command itself", "[strace][live]") {
  if (!have_strace()) return;
  CommandTarget target = shell("/bin/true; /bin/true; exit 4");
  target.follow = false;
  Capture capture(target);
  CHECK(capture.pump_to_end());
  CHECK(capture.count("execve") == 1);
  CHECK(capture.source->stats().ledger.lines->ignored["not followed"] > 0);
  CHECK(capture.source->command_status() == ExitStatus{false, false, 4});
  check_balance(capture);
}

TEST_CASE("the end comes with the main process when it is asked for", "[strace][live]") {
  if (!have_strace()) return;
  CommandTarget target = shell("sleep 600 & sleep 0.3; exit 3");
  target.until_exit = true;
  Capture capture(target);
  CHECK(capture.pump_to_end());
  CHECK(capture.source->command_status() == ExitStatus{false, false, 3});
  const auto inside = capture.source->snapshot().value().in_flight;
  REQUIRE(inside.size() == 1);
  CHECK(eventually([&] { return untouched(inside[0].pid); }));
  ::kill(inside[0].pid, SIGKILL);
  check_balance(capture);
}

TEST_CASE("what a plain user may not do is explained", "[strace][live][root]") {
  if (!have_strace()) return;
  if (::geteuid() != 0) {
    WARN("skipped: needs root, to become somebody else");
    return;
  }
  const pid_t child = ::fork();
  if (child == 0) ::_exit(try_as_nobody());
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 7);
}

TEST_CASE("targets that cannot be", "[strace][live]") {
  if (!have_strace()) return;
  CHECK(Capture(PidTarget{{1 << 30}, false}).error->code == Errc::not_found);
  CHECK(Capture(PidTarget{{self()}, false}).error->code == Errc::usage);
  CHECK(Capture(HostTarget{}).error->code == Errc::usage);
  CHECK(Capture(CommandTarget{{"no-such-command-here"}, std::nullopt, true, false}).error->code ==
        Errc::not_found);
  CHECK(Capture(CommandTarget{{"/etc/passwd"}, std::nullopt, true, false}).error->code ==
        Errc::not_executable);
  Victim victim("while :; do sleep 0.01; done");
  Capture first(PidTarget{{victim.pid}, false});
  const Capture second(PidTarget{{victim.pid}, false});
  REQUIRE(second.error.has_value());
  CHECK(second.error->message.find("is being traced by process") != std::string::npos);
  CHECK(children_of(self()).size() == 2);  // the victim and the first strace
}

TEST_CASE("the probe traces a child for real", "[strace][live]") {
  if (!have_strace()) return;
  const auto backend = make_strace_backend();
  CHECK(backend->probe(false).available());
  const ProbeReport report = backend->probe(true);
  CHECK(report.available());
  CHECK(report.version.starts_with("strace "));
  CHECK(report.checks.back().detail.find("calls seen") != std::string::npos);
  CHECK(children_of(self()).empty());
}
