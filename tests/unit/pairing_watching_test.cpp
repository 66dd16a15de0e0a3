// Where watching begins in the middle of things, and where it ends before they do.
#include "tests/unit/pairing_fixture.h"

using namespace latimer;
using namespace latimer::pairing_fixture;

namespace {

PairingOptions watching() {
  PairingOptions options;
  options.begins_inside = true;
  options.both_timed = true;
  options.tells_loss = true;
  return options;
}

}  // namespace

TEST_CASE("a call that a thread was found asleep in", "[pairing]") {
  Stream s(watching(), false);
  s.pairing.found_inside(s.task(1), nr("read"), true, 100);

  SECTION("and that never returns is in flight, at least since then") {
    const auto calls = s.pairing.in_flight(600);
    REQUIRE(calls.size() == 1);
    CHECK(calls[0].at_least);
    CHECK(calls[0].age_ns == 500U);
    CHECK(s.pairing.ledger().in_flight == 0U);  // its entry was not seen
  }
  SECTION("began before when it returns") {
    s.exit(1, "read", 5);
    CHECK(s.pairing.ledger().began_before_attach == 1U);
    CHECK(s.pairing.ledger().completed == 0U);
  }
  SECTION("may have been left, and another one been entered, before watching began") {
    s.exit(1, "futex");
    CHECK(s.pairing.ledger().began_before_attach == 1U);
    CHECK(s.pairing.in_flight(600).empty());
    CHECK(s.pairing.ledger().total_lost() == 0);
  }
  SECTION("may have been left before watching began") {
    s.enter(1, "close", 200);
    s.exit(1, "close");
    CHECK(s.pairing.ledger().completed == 1U);
    CHECK(s.pairing.ledger().total_lost() == 0);
    CHECK(s.pairing.ledger().balanced());
  }
}

TEST_CASE("what is heard of a thread first may be the end of a call", "[pairing]") {
  Stream s(watching(), false);
  s.exit(1, "read");
  CHECK(s.pairing.ledger().began_before_attach == 1U);
  CHECK(s.pairing.ledger().refused == 0U);
}

TEST_CASE("a call that returns and was never entered was refused, unless something was lost", "[pairing]") {
  Stream s(watching(), false);
  s.enter(1, "close", 1);
  s.exit(1, "close");
  s.exit(1, "getpid", -1);
  REQUIRE(s.pairing.events().size() == 2);
  CHECK(s.pairing.events()[1].kind == EventKind::refused);
  CHECK(s.pairing.ledger().refused == 1U);
  CHECK(s.pairing.ledger().lost_enters == 0U);
  CHECK(s.pairing.ledger().complete());
  s.pairing.tool_lost(3);
  CHECK(s.pairing.ledger().refused == 0U);
  CHECK(s.pairing.ledger().lost_enters == 1U);
  CHECK(s.pairing.ledger().balanced());
  CHECK_FALSE(s.pairing.ledger().complete());
}

TEST_CASE("a thread of which nothing more is told has lost the return that it was before", "[pairing]") {
  Stream s(watching(), false);
  s.enter(1, "execve", 1);
  s.pairing.hidden(s.task(1));
  const Ledger ledger = s.pairing.ledger();
  CHECK(ledger.lost_exits == 1U);
  CHECK(ledger.no_return == 0U);
  CHECK(ledger.lost[static_cast<std::size_t>(LossReason::hidden)] == 1U);
  CHECK(ledger.balanced());
  CHECK_FALSE(ledger.complete());
}

TEST_CASE("a process that is excluded does not count, nor do its threads", "[pairing]") {
  Stream s(watching(), false);
  s.pairing.tasks().exclude(7);
  s.pairing.tasks().add(8, 7);
  s.enter(8, "close", 1);
  s.exit(8, "close");
  CHECK(s.pairing.events().empty());
  s.pairing.tasks().add(9, 9);
  s.enter(9, "close", 1);
  s.exit(9, "close");
  CHECK(s.pairing.events().size() == 1);
}
