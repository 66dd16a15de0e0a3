#include "core/model/ledger.h"

#include <catch2/catch.hpp>

using latimer::Ledger;
using latimer::LossReason;

namespace {

Ledger balanced_ledger() {
  Ledger ledger;
  ledger.enters = 105;
  ledger.completed = 100;
  ledger.in_flight = 2;
  ledger.no_return = 3;
  ledger.lost_exits = 0;
  ledger.exits = 114;
  ledger.child_returns = 4;
  ledger.refused = 10;
  ledger.began_before_attach = 0;
  ledger.lost_enters = 0;
  return ledger;
}

}  // namespace

TEST_CASE("a ledger that adds up is complete") {
  CHECK(balanced_ledger().balanced());
  CHECK(balanced_ledger().complete());
}

TEST_CASE("one call too many on either side is noticed, with its sign") {
  Ledger ledger = balanced_ledger();
  ++*ledger.enters;
  CHECK(ledger.enter_residual() == 1);
  CHECK_FALSE(ledger.complete());
  ledger = balanced_ledger();
  --*ledger.exits;
  CHECK(ledger.exit_residual() == -1);
  CHECK_FALSE(ledger.complete());
}

TEST_CASE("a term that was not seen makes its side unknown, not wrong") {
  Ledger ledger = balanced_ledger();
  ledger.refused.reset();
  CHECK_FALSE(ledger.exit_residual());
  CHECK(ledger.balanced());
}

TEST_CASE("explained loss balances, and is still incomplete") {
  Ledger ledger = balanced_ledger();
  ledger.add_loss(LossReason::ring_full, 7);
  *ledger.completed -= 7;
  ledger.lost_enters = ledger.lost_exits = 7;
  CHECK(ledger.balanced());
  CHECK_FALSE(ledger.complete());
  CHECK(ledger.total_lost() == 7);
}

TEST_CASE("a live reading may be out of balance, but not hide loss") {
  Ledger ledger = balanced_ledger();
  ledger.live = true;
  ++*ledger.enters;
  CHECK(ledger.complete());
  ledger.add_loss(LossReason::map_full, 1);
  CHECK_FALSE(ledger.complete());
}

TEST_CASE("lines: records, ignored and rejected must be all there is") {
  Ledger ledger;
  ledger.lines = latimer::LineLedger{10, 7, {{"signal", 2}}, {}, {}};
  CHECK(ledger.line_residual() == 1);
  CHECK_FALSE(ledger.balanced());
  ledger.lines->rejected["no result"] = 1;
  CHECK(ledger.balanced());
  CHECK_FALSE(ledger.complete());
}

TEST_CASE("since() takes flows apart and keeps what is in flight") {
  const Ledger earlier = balanced_ledger();
  Ledger later = earlier;
  *later.enters += 5;
  *later.completed += 5;
  *later.exits += 5;
  later.in_flight = 2;
  const Ledger change = since(later, earlier);
  CHECK(change.enters == 5);
  CHECK(change.completed == 5);
  CHECK(change.no_return == 0);
  CHECK(change.in_flight == 2);
}
