// Who a task is and which calls continue an interrupted one: task_table.h, restart_tracker.h, through
// Pairing.
#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/unit/pairing_fixture.h"

using namespace latimer;
using namespace latimer::pairing_fixture;

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
