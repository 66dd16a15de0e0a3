#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/unit/pairing_fixture.h"

using namespace latimer;
using namespace latimer::pairing_fixture;

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
  s.exit(5, "close");  // its entry is missing
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
  CHECK(*s.pairing.ledger().lost_enters == 1);
  CHECK(*s.pairing.ledger().in_flight == 1);  // it may still come to its own
  s.exit(5, "read");
  CHECK(s.take().size() == 1);
  s.enter(5, "read");
  s.exit(5, "write");
  s.call(5, "execveat", 0);
  CHECK(s.take().size() == 1);
  CHECK(*s.pairing.ledger().lost_exits == 1);
  CHECK(*s.pairing.ledger().lost_enters == 2);
  s.enter(5, "execveat");
  s.exit(5, "execve");  // comes back by the other name
  CHECK(s.take().size() == 1);
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
