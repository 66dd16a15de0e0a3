#include "core/engine/session.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/support/scripted_source.h"

using namespace latimer;
using latimer::test::ScriptedSource;
using std::chrono::milliseconds;

namespace {

SyscallEvent call(int number, std::int64_t duration) {
  SyscallEvent event;
  event.number = number;
  event.duration_ns = duration;
  return event;
}

std::uint64_t total_count(const Snapshot& snapshot) {
  std::uint64_t count = 0;
  for (const auto& [key, stats] : snapshot.stats) count += stats.count();
  return count;
}

}  // namespace

TEST_CASE("a session adds up every event until the source ends") {
  ScriptedSource source;
  source.steps = {{{call(0, 1), call(0, 2)}, {}, {}}, {{call(1, 3)}, {}, {}}};
  const Capture capture = Session(source, {}).run(-1, {});
  CHECK(capture.end == EndReason::target_exited);
  CHECK(total_count(capture.snapshot) == 3);
  CHECK(capture.source.ledger.completed == 3);
  CHECK(source.stops == 1);
}

TEST_CASE("what was under way when the capture was stopped still counts") {
  ScriptedSource source;
  source.ends_by_itself = false;
  source.steps = {{{call(0, 1)}, {}, {}}};
  source.after_stop = {{{call(0, 1), call(0, 1)}, {}, {}}};
  SessionOptions options;
  options.duration = milliseconds(5);
  const Capture capture = Session(source, options).run(-1, {});
  CHECK(capture.end == EndReason::duration_reached);
  CHECK(total_count(capture.snapshot) == 3);
}

TEST_CASE("a source that tells afterwards says itself how long it watched") {
  ScriptedSource source;
  source.steps = {{{call(0, 1)}, {}, milliseconds(20)}};
  source.own_stats.observed_ns = 5;
  const Capture capture = Session(source, {}).run(-1, {});
  CHECK(capture.observed_ns == 5U);
  CHECK(capture.snapshot.observed_ns == 5U);
  CHECK(capture.end_anchor.realtime_ns - capture.start_anchor.realtime_ns == 5);
}

TEST_CASE("an interruption ends the capture, and the report is made") {
  ScriptedSource source;
  source.ends_by_itself = false;
  source.steps = {{{call(0, 1)}, {}, {}}};
  const int event = eventfd(1, EFD_CLOEXEC);
  const Capture capture = Session(source, {}).run(event, {});
  close(event);
  CHECK(capture.end == EndReason::interrupted);
  CHECK(source.stops == 1);
}

TEST_CASE("an error ends the capture and keeps what came before it") {
  ScriptedSource source;
  source.steps = {{{call(0, 1)}, {}, {}}, {{}, Error{Errc::io, "the tracer died", ""}, {}}};
  const Capture capture = Session(source, {}).run(-1, {});
  CHECK(capture.end == EndReason::failed);
  REQUIRE(capture.error);
  CHECK(capture.error->message == "the tracer died");
  CHECK(total_count(capture.snapshot) == 1);
}

TEST_CASE("a target that cannot be started is an error, and nothing is left running") {
  ScriptedSource source;
  source.start_error = Error{Errc::not_executable, "no", ""};
  const Capture capture = Session(source, {}).run(-1, {});
  CHECK(capture.end == EndReason::failed);
  CHECK(capture.error->code == Errc::not_executable);
  CHECK(source.stops == 1);
}

TEST_CASE("intervals add up to the whole") {
  ScriptedSource source;
  for (int i = 0; i < 12; ++i) source.steps.push_back({{call(0, 10), call(1, 20)}, {}, milliseconds(2)});
  SessionOptions options;
  options.interval = milliseconds(5);
  Snapshot sum;
  std::uint64_t last_end = 0;
  const Capture whole = Session(source, options).run(-1, [&](const Capture& interval) {
    CHECK(interval.start_ns == last_end);
    CHECK(interval.source.ledger.live);
    last_end = interval.end_ns;
    sum.merge(interval.snapshot);
  });
  const auto rest = whole.snapshot.since(sum);
  CHECK(total_count(sum) > 0);
  CHECK(total_count(sum) + total_count(rest) == 24);
  CHECK(total_count(whole.snapshot) == 24);
}

TEST_CASE("an aggregating source is believed, not added up again") {
  ScriptedSource source;
  source.aggregating = true;
  source.own.stats[SyscallKey{Abi::x86_64, 0, {}}].untimed = 5;
  source.own_stats.ledger.completed = 5;
  const Capture capture = Session(source, {}).run(-1, {});
  CHECK(total_count(capture.snapshot) == 5);
  CHECK(capture.source.ledger.completed == 5);
}
