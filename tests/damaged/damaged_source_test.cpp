// Each defect does what it says to the events and the ledger of a source, exactly, and to nothing else.
#include "tests/damaged/damaged_source.h"

#include <catch2/catch.hpp>
#include <cerrno>

#include "core/engine/session.h"
#include "tests/support/scripted_source.h"

using namespace latimer;
using namespace latimer::damaged;
using latimer::test::ScriptedSource;

namespace {

using Events = std::vector<SyscallEvent>;

SyscallEvent call(std::int32_t number, std::int32_t tid, std::int32_t error = 0) {
  SyscallEvent event;
  event.number = number;
  event.tid = tid;
  event.start_ns = 1'000'000 + number;
  event.duration_ns = 1000;
  event.error = error;
  event.return_value = -error;
  return event;
}

SyscallEvent call(EventKind kind, std::int32_t tid) {
  SyscallEvent event = call(60, tid);
  event.kind = kind;
  if (kind != EventKind::completed) event.duration_ns.reset();
  return event;
}

// What a source says that has told these events, and in which `in_flight` calls have not ended.
Ledger ledger_of(const Events& events, std::uint64_t in_flight) {
  const auto count = [&](EventKind kind) -> std::uint64_t {
    return static_cast<std::uint64_t>(
        std::count_if(events.begin(), events.end(), [&](const auto& event) { return event.kind == kind; }));
  };
  Ledger ledger;
  ledger.completed = count(EventKind::completed);
  ledger.no_return = count(EventKind::no_return) + count(EventKind::killed_inside);
  ledger.refused = count(EventKind::refused);
  ledger.began_before_attach = count(EventKind::began_before);
  ledger.child_returns = ledger.lost_enters = ledger.lost_exits = 0;
  ledger.in_flight = in_flight;
  ledger.enters = *ledger.completed + *ledger.no_return + in_flight;
  ledger.exits = *ledger.completed + *ledger.refused + *ledger.began_before_attach;
  REQUIRE(ledger.balanced());
  return ledger;
}

std::unique_ptr<ScriptedSource> source_of(const Events& events, const std::vector<InFlight>& in_flight = {}) {
  auto source = std::make_unique<ScriptedSource>();
  for (std::size_t i = 0; i < events.size(); i += 7) {  // several batches, the last one shorter
    const auto first = events.begin() + static_cast<std::ptrdiff_t>(i);
    const auto last = events.begin() + static_cast<std::ptrdiff_t>(std::min(i + 7, events.size()));
    source->steps.push_back({Events(first, last), {}, {}});
  }
  source->own.in_flight = in_flight;
  const auto entered =
      std::count_if(in_flight.begin(), in_flight.end(), [](const auto& c) { return !c.at_least; });
  source->own_stats.ledger = ledger_of(events, static_cast<std::uint64_t>(entered));
  return source;
}

struct Seen {
  Events events;
  Snapshot snapshot;
  Ledger ledger;
  DamageAccount account;
};

// As a session takes it: events to the end, then the snapshot, then the ledger.
Seen through(std::unique_ptr<ScriptedSource> source, std::string_view damage, std::uint64_t salt = 0) {
  Seen seen;
  DamagePlan plan = parse_damage(damage).value();
  {
    DamagedSource damaged(std::move(source), Damage(std::move(plan), salt),
                          [&](const DamageAccount& account) { seen.account = account; });
    for (;;) {
      Batch batch;
      const Result<Next> next = damaged.next(batch, std::chrono::steady_clock::time_point::min());
      REQUIRE(next);
      if (*next == Next::end) break;
      CHECK((*next == Next::idle) == batch.events.empty());
      seen.events.insert(seen.events.end(), batch.events.begin(), batch.events.end());
    }
    seen.snapshot = damaged.snapshot().value();
    seen.ledger = damaged.stats().ledger;
  }
  return seen;
}

Seen through(const Events& events, std::string_view damage, std::uint64_t salt = 0) {
  return through(source_of(events), damage, salt);
}

bool same(const SyscallEvent& a, const SyscallEvent& b) {
  return a.kind == b.kind && a.number == b.number && a.tid == b.tid && a.start_ns == b.start_ns &&
         a.duration_ns == b.duration_ns && a.error == b.error && a.return_value == b.return_value &&
         a.text_args == b.text_args;
}

bool same(const Events& a, const Events& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return same(x, y); });
}

Events many(std::size_t count) {
  Events events;
  for (std::size_t i = 0; i < count; ++i) events.push_back(call(static_cast<std::int32_t>(i % 5), 10));
  return events;
}

// One of every kind, of two threads.
Events all_kinds() {
  Events events;
  for (const std::int32_t tid : {10, 11}) {
    for (const EventKind kind : {EventKind::completed, EventKind::completed, EventKind::refused,
                                 EventKind::began_before, EventKind::killed_inside, EventKind::no_return})
      events.push_back(call(kind, tid));
  }
  return events;
}

std::vector<InFlight> sleeping(std::initializer_list<std::int32_t> tids) {
  std::vector<InFlight> calls;
  for (const std::int32_t tid : tids) calls.emplace_back().tid = tid;
  return calls;
}

}  // namespace

TEST_CASE("damage: none changes nothing") {
  const Events events = all_kinds();
  const Seen seen = through(source_of(events, sleeping({10, 11})), "defect=none");
  CHECK(same(seen.events, events));
  CHECK(seen.snapshot.in_flight.size() == 2);
  CHECK(seen.ledger.enters == 10);
  CHECK(seen.ledger.exits == 8);
  CHECK(seen.ledger.balanced());
  CHECK(seen.account.seen == events.size());
  CHECK(seen.account.touched == 0);
}

TEST_CASE("damage: drop takes events and hides that from the ledger") {
  const Events events = many(20'000);
  const Seen seen = through(events, "defect=drop,rate=100,seed=3");
  const std::uint64_t dropped = events.size() - seen.events.size();
  CHECK(dropped > 100);  // 200 on average
  CHECK(dropped < 400);
  CHECK(seen.account.touched == dropped);
  CHECK(seen.ledger.completed == seen.events.size());
  CHECK(seen.ledger.enters == seen.events.size());
  CHECK(seen.ledger.exits == seen.events.size());
  CHECK(seen.ledger.complete());
  std::uint64_t by_call = 0;
  for (const auto& [key, of_call] : seen.account.calls) by_call += of_call.touched;
  CHECK(by_call == dropped);
}

TEST_CASE("damage: drop leaves all but completed calls") {
  const Seen seen = through(all_kinds(), "defect=drop,rate=1");
  CHECK(seen.events.size() == 8);
  CHECK(std::none_of(seen.events.begin(), seen.events.end(),
                     [](const auto& event) { return event.kind == EventKind::completed; }));
  CHECK(seen.ledger.completed == 0);
  CHECK(seen.ledger.balanced());
}

TEST_CASE("damage: an honest ledger tells what was dropped") {
  auto source = source_of(many(1000));
  DamagedSource damaged(std::move(source),
                        Damage(parse_damage("defect=drop,rate=10,honest-ledger").value(), 0),
                        [](const DamageAccount&) {});
  const Capture capture = Session(damaged, {}).run(-1, {});
  CHECK(capture.source.ledger.enters == 1000);
  CHECK(capture.source.ledger.completed < 1000);
  CHECK_FALSE(capture.source.ledger.complete());
}

TEST_CASE("damage: a session finds nothing wrong with a dishonest ledger") {
  auto source = source_of(many(1000));
  DamagedSource damaged(std::move(source), Damage(parse_damage("defect=drop,rate=10").value(), 0),
                        [](const DamageAccount&) {});
  const Capture capture = Session(damaged, {}).run(-1, {});
  CHECK(capture.source.ledger.completed < 1000);
  CHECK(capture.source.ledger.complete());
}

TEST_CASE("damage: the same seed and capture lose the same events, others do not") {
  const Events events = many(5000);
  const Seen first = through(events, "defect=drop,rate=50,seed=8");
  CHECK(same(first.events, through(events, "defect=drop,rate=50,seed=8").events));
  CHECK_FALSE(same(first.events, through(events, "defect=drop,rate=50,seed=9").events));
  CHECK_FALSE(same(first.events, through(events, "defect=drop,rate=50,seed=8", 77).events));
}

TEST_CASE("damage: shift moves durations, and starts so that ends stay") {
  Events events = many(3);
  events[1].duration_ns = 1'234'567'891;
  events[2].duration_ns.reset();
  const auto [damage, first, second] = GENERATE(table<std::string, std::int64_t, std::int64_t>({
      {"by=1ms", 1'001'000, 1'235'567'891},
      {"by=-1us", 0, 1'234'566'891},
      {"by=-5us", 0, 1'234'562'891},
      {"factor=1.2", 1200, 1'481'481'469},
      {"factor=0.5", 500, 617'283'945},
      {"factor=1000", 1'000'000, 1'234'567'891'000},
  }));
  INFO(damage);
  const Seen seen = through(events, "defect=shift," + damage);
  REQUIRE(seen.events.size() == 3);
  CHECK(seen.events[0].duration_ns == first);
  CHECK(seen.events[1].duration_ns == second);
  CHECK_FALSE(seen.events[2].duration_ns);
  for (std::size_t i = 0; i < 2; ++i)
    CHECK(*seen.events[i].start_ns + *seen.events[i].duration_ns ==
          *events[i].start_ns + *events[i].duration_ns);
  CHECK(seen.account.touched == 2);
  CHECK(seen.account.calls.at({Abi::x86_64, 0}).shifted_ns == first - 1000);
  CHECK(seen.ledger.enters == 3);
}

TEST_CASE("damage: shift by chance leaves the others alone") {
  const Events events = many(10'000);
  const Seen seen = through(events, "defect=shift,by=1ms,rate=10");
  const auto shifted = std::count_if(seen.events.begin(), seen.events.end(),
                                     [](const auto& event) { return event.duration_ns == 1'001'000; });
  const auto untouched = std::count_if(seen.events.begin(), seen.events.end(),
                                       [](const auto& event) { return event.duration_ns == 1000; });
  CHECK(shifted + untouched == 10'000);
  CHECK(shifted > 700);
  CHECK(shifted < 1300);
  CHECK(seen.account.touched == static_cast<std::uint64_t>(shifted));
}

TEST_CASE("damage: errno gives one error another's name") {
  const Events events{call(0, 10, ENOENT), call(1, 10, EAGAIN), call(2, 10), call(3, 11, EAGAIN),
                      call(4, 10, EBADF)};
  const Seen named = through(events, "defect=errno,from=EAGAIN,to=EIO");
  CHECK(named.events[1].error == EIO);
  CHECK(named.events[1].return_value == -EIO);
  CHECK(named.events[3].error == EIO);
  CHECK(named.account.touched == 2);
  CHECK(named.account.victim == EAGAIN);
  for (const std::size_t other : {0U, 2U, 4U}) CHECK(same(named.events[other], events[other]));
  CHECK(named.ledger.completed == 5);

  CHECK(through(events, "defect=errno,nth=1,to=EIO").account.victim == ENOENT);
  CHECK(through(events, "defect=errno,nth=2,to=EIO").account.victim == EAGAIN);
  CHECK(through(events, "defect=errno,nth=3,to=EIO").account.victim == EBADF);
  const Seen absent = through(events, "defect=errno,nth=4,to=EIO");
  CHECK(same(absent.events, events));
  CHECK(absent.account.victim == 0);
  // What is drawn may be what it was to become.
  CHECK(through(events, "defect=errno,nth=2,to=EAGAIN").events[1].error != EAGAIN);
}

TEST_CASE("damage: errno by chance leaves the others alone") {
  Events events;
  for (int i = 0; i < 1000; ++i) events.push_back(call(0, 10, ENOENT));
  const Seen seen = through(events, "defect=errno,from=ENOENT,to=EACCES,rate=4");
  const auto changed = std::count_if(seen.events.begin(), seen.events.end(),
                                     [](const auto& event) { return event.error == EACCES; });
  CHECK(changed > 150);
  CHECK(changed < 350);
  CHECK(seen.account.touched == static_cast<std::uint64_t>(changed));
}

TEST_CASE("damage: thread takes all of one thread, also what it still does, and hides that") {
  const Events events = all_kinds();
  std::vector<InFlight> in_flight = sleeping({10, 11, 11});
  in_flight.back().at_least = true;  // began before, so never counted as entered
  const Seen seen = through(source_of(events, in_flight), "defect=thread,nth=2");
  CHECK(same(seen.events, Events(events.begin(), events.begin() + 6)));
  REQUIRE(seen.snapshot.in_flight.size() == 1);
  CHECK(seen.snapshot.in_flight[0].tid == 10);
  CHECK(seen.account.victim == 11);
  CHECK(seen.account.touched == 6);
  CHECK(seen.ledger.completed == 2);
  CHECK(seen.ledger.no_return == 2);
  CHECK(seen.ledger.refused == 1);
  CHECK(seen.ledger.began_before_attach == 1);
  CHECK(seen.ledger.in_flight == 1);
  CHECK(seen.ledger.enters == 5);
  CHECK(seen.ledger.exits == 4);
  CHECK(seen.ledger.complete());
}

TEST_CASE("damage: a thread that is not there is not missed") {
  const Events events = all_kinds();
  const Seen seen = through(events, "defect=thread,nth=3");
  CHECK(same(seen.events, events));
  CHECK(seen.account.touched == 0);
}

TEST_CASE("damage: an error of the source comes through") {
  auto source = std::make_unique<ScriptedSource>();
  source->steps = {{{call(0, 10)}, {}, {}}, {{}, Error{Errc::io, "broken", ""}, {}}};
  DamagedSource damaged(std::move(source), Damage(parse_damage("defect=drop,rate=1").value(), 0),
                        [](const DamageAccount&) {});
  Batch batch;
  const Result<Next> first = damaged.next(batch, std::chrono::steady_clock::time_point::max());
  REQUIRE_FALSE(first);  // the batch of which nothing is left is passed over
  CHECK(first.error().message == "broken");
}
