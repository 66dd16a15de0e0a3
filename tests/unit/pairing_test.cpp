#include "core/engine/pairing.h"

#include <catch2/catch.hpp>
#include <cerrno>
#include <map>

#include "core/model/errno_table.h"
#include "core/model/syscall_table.h"

using namespace latimer;

namespace {

std::int32_t nr(const char* name) { return *syscall_number(Abi::x86_64, name); }

// A live system whose answers a test sets.
class FakeOracle : public TaskOracle {
 public:
  std::map<std::int32_t, std::int32_t> tgids;
  std::map<std::int32_t, std::string> comms;
  bool caught = false;
  bool shares = true;
  std::optional<std::int32_t> tgid_of(std::int32_t tid) override {
    const auto found = tgids.find(tid);
    return found == tgids.end() ? std::nullopt : std::optional(found->second);
  }
  std::optional<std::uint64_t> start_of(std::int32_t tgid) override { return static_cast<std::uint64_t>(tgid) * 1000; }
  std::optional<std::string> comm_of(std::int32_t tid) override {
    const auto found = comms.find(tid);
    return found == comms.end() ? std::nullopt : std::optional(found->second);
  }
  std::optional<bool> catches(std::int32_t, std::int32_t) override { return caught; }
  std::optional<bool> shares_pids(std::int32_t) override { return shares; }
};

struct Stream {
  FakeOracle oracle;
  Pairing pairing;
  explicit Stream(PairingOptions options = {}, bool live = true) : pairing(options, live ? &oracle : nullptr) {}

  Task& task(std::int32_t tid) { return pairing.tasks().get(tid); }
  void enter(std::int32_t tid, const char* name, std::int64_t at = 0) {
    CallEntry entry;
    entry.number = nr(name);
    entry.time_ns = at;
    entry.args = "in, ";
    pairing.enter(task(tid), entry);
  }
  void exit(std::int32_t tid, const char* name, std::int64_t value = 0, std::optional<std::int64_t> duration = 7) {
    CallExit exit;
    exit.number = nr(name);
    exit.value = value;
    exit.duration_ns = duration;
    exit.args = "out";
    if (value < 0) {
      exit.error = static_cast<std::int32_t>(-value);
      exit.outcome = is_restart_errno(exit.error) ? CallOutcome::restart : CallOutcome::failed;
    }
    pairing.exit(task(tid), exit);
  }
  void never(std::int32_t tid, const char* name) {
    CallExit exit;
    exit.number = nr(name);
    exit.outcome = CallOutcome::never;
    pairing.exit(task(tid), exit);
  }
  void call(std::int32_t tid, const char* name, std::int64_t value = 0) {
    enter(tid, name);
    exit(tid, name, value);
  }
  void clone(std::int32_t tid, bool thread) {
    enter(tid, "clone");
    pairing.tasks().clone_begins(task(tid), thread);
  }
  std::vector<SyscallEvent> take() {
    std::vector<SyscallEvent> events(pairing.events().begin(), pairing.events().end());
    pairing.clear();
    return events;
  }
};

void check_balance(const Pairing& pairing) {
  const Ledger ledger = pairing.ledger();
  CHECK(ledger.enter_residual() == 0);
  CHECK(*ledger.exits == *ledger.completed + *ledger.began_before_attach + *ledger.lost_enters);
}

}  // namespace

TEST_CASE("two pieces become one event", "[pairing]") {
  Stream s;
  s.enter(5, "read", 100);
  s.exit(5, "read", 3, 40);
  REQUIRE(s.pairing.events().size() == 1);
  const SyscallEvent& event = s.pairing.events()[0];
  CHECK(event.kind == EventKind::completed);
  CHECK(event.number == nr("read"));
  CHECK(event.tid == 5);
  CHECK(event.start_ns == 100);
  CHECK(event.duration_ns == 40);
  CHECK(event.duration_source == DurationSource::tool_printed);
  CHECK(event.return_value == 3);
  CHECK(event.error == 0);
  CHECK(event.text_args == "in, out");
  check_balance(s.pairing);
}

TEST_CASE("threads interleave without mixing", "[pairing]") {
  Stream s;
  s.enter(5, "read", 1);
  s.enter(6, "write", 2);
  s.exit(5, "read");
  s.exit(6, "write", -EAGAIN);
  const auto events = s.take();
  REQUIRE(events.size() == 2);
  CHECK(events[0].tid == 5);
  CHECK(events[1].tid == 6);
  CHECK(events[1].error == EAGAIN);
  CHECK(*s.pairing.ledger().completed == 2);
  check_balance(s.pairing);
}

TEST_CASE("durations that the tracer does not print are paired, never negative", "[pairing]") {
  Stream s;
  s.enter(5, "read", 100);
  CallExit exit;
  exit.number = nr("read");
  exit.time_ns = 130;
  s.pairing.exit(s.task(5), exit);
  s.enter(5, "read", 100);
  exit.time_ns = 90;
  s.pairing.exit(s.task(5), exit);
  const auto events = s.take();
  CHECK(events[0].duration_ns == 30);
  CHECK(events[0].duration_source == DurationSource::paired);
  CHECK(events[1].duration_ns == 0);
  CHECK((events[1].flags & kClamped) != 0);
}

TEST_CASE("calls that never return", "[pairing]") {
  Stream s;
  s.enter(5, "exit_group");
  s.never(5, "exit_group");
  s.enter(6, "futex");
  s.never(6, "futex");
  s.enter(7, "pause");
  s.pairing.ended(s.task(7));
  const auto events = s.take();
  REQUIRE(events.size() == 3);
  CHECK(events[0].kind == EventKind::no_return);
  CHECK(events[1].kind == EventKind::killed_inside);
  CHECK(events[2].kind == EventKind::killed_inside);
  CHECK(events[2].number == nr("pause"));
  CHECK(*s.pairing.ledger().no_return == 3);
  check_balance(s.pairing);
}

TEST_CASE("calls in flight at the end", "[pairing]") {
  PairingOptions options;
  options.by = GroupBy::process;
  Stream s(options);
  s.oracle.tgids[5] = 4;
  s.oracle.comms[5] = "worker";
  s.enter(5, "poll", 1000);
  const auto inside = s.pairing.in_flight(1600);
  REQUIRE(inside.size() == 1);
  CHECK(inside[0].key.number == nr("poll"));
  CHECK(inside[0].key.subject.pid == 4);
  CHECK(inside[0].key.subject.name == "worker");
  CHECK(inside[0].age_ns == 600);
  CHECK_FALSE(inside[0].at_least);
  CHECK(*s.pairing.ledger().in_flight == 1);
  check_balance(s.pairing);
}

TEST_CASE("a missing exit and a missing entry are losses of one call each", "[pairing]") {
  Stream s;
  s.enter(5, "read");
  s.enter(5, "write");  // the exit of read is missing
  s.exit(5, "write");
  s.exit(5, "close");   // its entry is missing
  CHECK(*s.pairing.ledger().lost_exits == 1);
  CHECK(*s.pairing.ledger().lost_enters == 1);
  CHECK(*s.pairing.ledger().completed == 1);
  CHECK(s.pairing.losses().size() == 2);
  CHECK_FALSE(s.pairing.ledger().complete());
  check_balance(s.pairing);
}

TEST_CASE("an exit of another call is no exit of this one", "[pairing]") {
  Stream s;
  s.enter(5, "read");
  s.exit(5, "write");
  CHECK(s.take().empty());
  CHECK(*s.pairing.ledger().lost_exits == 1);
  CHECK(*s.pairing.ledger().lost_enters == 1);
  s.call(5, "execveat", 0);
  s.enter(5, "execveat");
  s.exit(5, "execve");  // comes back by the other name
  CHECK(s.take().size() == 2);
  check_balance(s.pairing);
}

TEST_CASE("execve of a thread that is not the leader", "[pairing]") {
  const bool told = GENERATE(true, false);  // by a line of its own
  Stream s;
  s.oracle.tgids = {{10, 10}, {11, 10}, {12, 10}};
  s.enter(10, "futex");
  s.enter(12, "nanosleep");
  s.enter(11, "execve", 500);
  s.never(12, "nanosleep");
  s.never(10, "futex");
  s.pairing.ended(s.task(12));
  if (told) s.pairing.superseded(s.task(10), 11);
  s.exit(10, "execve", 0, 60);
  const auto events = s.take();
  REQUIRE(events.size() == 3);
  CHECK(events[2].kind == EventKind::completed);
  CHECK(events[2].tid == 10);
  CHECK(events[2].start_ns == 500);
  CHECK(s.pairing.tasks().find(11) == nullptr);
  CHECK(*s.pairing.ledger().no_return == 2);
  CHECK(s.pairing.ledger().total_lost() == 0);
  check_balance(s.pairing);
}

TEST_CASE("rt_sigreturn's result is a register, never an error", "[pairing]") {
  Stream s;
  s.call(5, "rt_sigreturn", -EINTR);
  const auto events = s.take();
  CHECK(events[0].error == 0);
  CHECK(events[0].return_value == -EINTR);
}

TEST_CASE("a call that was slept in when Latimer attached is no completion", "[pairing]") {
  Stream s;
  Task& task = s.pairing.tasks().add_target(5, 5);
  task.attached_in = nr("nanosleep");
  task.attached_ns = 1000;
  const bool as_restart = GENERATE(true, false);
  s.enter(5, as_restart ? "restart_syscall" : "nanosleep", 1100);
  const auto inside = s.pairing.in_flight(1500);
  REQUIRE(inside.size() == 1);
  CHECK(inside[0].key.number == nr("nanosleep"));
  CHECK(inside[0].at_least);
  CHECK(inside[0].age_ns == 500);
  CHECK(*s.pairing.ledger().in_flight == 0);  // it was not entered in this capture
  s.exit(5, as_restart ? "restart_syscall" : "nanosleep");
  s.call(5, "nanosleep");
  const auto events = s.take();
  REQUIRE(events.size() == 2);
  CHECK(events[0].kind == EventKind::began_before);
  CHECK(events[0].number == nr("nanosleep"));
  CHECK_FALSE(events[0].duration_ns.has_value());
  CHECK_FALSE(events[0].start_ns.has_value());
  CHECK(events[1].kind == EventKind::completed);
  CHECK(*s.pairing.ledger().began_before_attach == 1);
  CHECK(*s.pairing.ledger().enters == 1);
  CHECK(s.pairing.ledger().total_lost() == 0);
  check_balance(s.pairing);
}

TEST_CASE("another first call after attaching is an ordinary one", "[pairing]") {
  Stream s;
  Task& task = s.pairing.tasks().add_target(5, 5);
  task.attached_in = nr("nanosleep");
  s.call(5, "read");
  s.call(5, "nanosleep");
  for (const SyscallEvent& event : s.take()) CHECK(event.kind == EventKind::completed);
}

TEST_CASE("who a new task is", "[pairing]") {
  SECTION("from the live system") {
    Stream s;
    s.oracle.tgids = {{10, 10}, {11, 10}};
    s.call(10, "read");
    s.call(11, "read");
    const auto events = s.take();
    CHECK(events[1].tgid == 10);
    CHECK(events[1].epoch == 10000U);
    CHECK(s.task(10).process == s.task(11).process);
  }
  SECTION("from what clone returned") {
    Stream s({}, false);
    s.pairing.tasks().add_target(10, 10);
    s.clone(10, true);
    s.exit(10, "clone", 11);
    s.clone(10, false);
    s.exit(10, "clone", 12);
    s.call(11, "read");
    s.call(12, "read");
    const auto events = s.take();
    CHECK(events[2].tgid == 10);
    CHECK(events[3].tgid == 12);
  }
  SECTION("from the only clone under way, when the child is gone already") {
    Stream s;
    s.pairing.tasks().add_target(10, 10);
    s.clone(10, false);
    s.call(12, "read");
    s.pairing.ended(s.task(12));
    s.exit(10, "clone", 12);
    CHECK(s.pairing.tasks().find(12) == nullptr);  // not revived by the late return
    CHECK(s.take()[0].tgid == 12);
  }
  SECTION("not known when two different clones are under way") {
    Stream s;
    s.pairing.tasks().add_target(10, 10);
    s.pairing.tasks().add_target(20, 20);
    s.clone(10, true);
    s.clone(20, true);
    s.call(12, "read");
    CHECK_FALSE(s.take()[0].tgid.has_value());
    s.exit(20, "clone", 12);
    s.take();
    s.call(12, "read");
    CHECK(s.take()[0].tgid == 20);
  }
  SECTION("what clone returns in another pid namespace names nobody here") {
    Stream s;
    s.oracle.shares = false;
    s.pairing.tasks().add_target(10, 10);
    s.clone(10, true);
    s.exit(10, "clone", 3);
    CHECK(s.pairing.tasks().find(3) == nullptr);
  }
}

TEST_CASE("a number given to a new process is not the old process", "[pairing]") {
  PairingOptions options;
  options.follow = false;
  Stream s(options);
  s.oracle.tgids[10] = 10;
  s.pairing.tasks().add_target(10, 10);
  s.pairing.ended(s.task(10));
  s.call(10, "read");
  CHECK(s.take().empty());
}

TEST_CASE("without following, threads count and children do not", "[pairing]") {
  PairingOptions options;
  options.follow = false;
  Stream s(options);
  s.oracle.tgids = {{10, 10}, {11, 10}, {20, 20}};
  s.pairing.tasks().add_target(10, 10);
  s.call(11, "read");
  s.call(20, "read");
  const auto events = s.take();
  REQUIRE(events.size() == 1);
  CHECK(events[0].tid == 11);
  CHECK(*s.pairing.ledger().enters == 1);
  CHECK(s.pairing.tasks().followed_processes() == std::vector<std::int32_t>{10});
  check_balance(s.pairing);
}

TEST_CASE("calls that nobody asked for leave no trace in the figures", "[pairing]") {
  Stream s;
  CallEntry entry;
  entry.number = nr("clone");
  entry.counted = false;
  s.pairing.enter(s.task(5), entry);
  s.pairing.ended(s.task(5));
  CHECK(s.take().empty());
  CHECK(*s.pairing.ledger().enters == 0);
  CHECK(*s.pairing.ledger().no_return == 0);
}

TEST_CASE("which completions go on with an interrupted call", "[pairing][restart]") {
  Stream s;
  const auto continuations = [&s] {
    int count = 0;
    for (const SyscallEvent& event : s.take()) count += (event.flags & kContinuation) != 0 ? 1 : 0;
    return count;
  };
  SECTION("no handler: entered again at once") {
    s.call(5, "read", -kErestartsys);
    s.pairing.signal(s.task(5), 17);
    s.call(5, "read", 1);
    s.call(5, "read", 1);
    CHECK(continuations() == 1);
  }
  SECTION("a handler with SA_RESTART") {
    s.oracle.caught = true;
    s.call(5, "read", -kErestartsys);
    s.pairing.signal(s.task(5), 10);
    s.call(5, "read", 1);  // the handler's own
    s.call(5, "rt_sigreturn", 0);
    s.call(5, "read", 1);
    CHECK(continuations() == 1);
  }
  SECTION("a handler without SA_RESTART: the program gets EINTR") {
    s.oracle.caught = true;
    s.call(5, "read", -kErestartsys);
    s.pairing.signal(s.task(5), 10);
    s.call(5, "rt_sigreturn", -EINTR);
    s.call(5, "read", 1);
    CHECK(continuations() == 0);
  }
  SECTION("restart_syscall") {
    s.call(5, "nanosleep", -kErestartRestartblock);
    s.pairing.signal(s.task(5), 17);
    s.call(5, "restart_syscall", -kErestartRestartblock);
    s.call(5, "restart_syscall", 0);
    CHECK(continuations() == 2);
  }
  SECTION("a handler that nobody announced") {
    s.call(5, "read", -kErestartsys);
    s.pairing.signal(s.task(5), 10);
    s.call(5, "write", 1);
    s.call(5, "rt_sigreturn", 0);
    s.call(5, "read", 1);
    CHECK(continuations() == 1);
  }
  SECTION("handlers that nest") {
    s.oracle.caught = true;
    s.call(5, "read", -kErestartsys);
    s.pairing.signal(s.task(5), 10);
    s.call(5, "wait4", -kErestartsys);  // in the handler
    s.pairing.signal(s.task(5), 12);
    s.call(5, "rt_sigreturn", -EINTR);  // wait4 fails with EINTR
    s.call(5, "rt_sigreturn", 0);       // read is restarted
    s.call(5, "read", 1);
    CHECK(continuations() == 1);
  }
  SECTION("another thread's call is another call") {
    s.call(5, "read", -kErestartsys);
    s.call(6, "read", 1);
    CHECK(continuations() == 0);
  }
}
