#include "core/engine/joined_source.h"

#include <catch2/catch.hpp>

#include "core/engine/session.h"
#include "tests/support/scripted_source.h"

using namespace latimer;
using test::ScriptedSource;

namespace {

constexpr std::int64_t kToday = 1'795'000'000'000'000'000;

SyscallEvent call(std::int32_t number, std::optional<std::int64_t> start_ns, std::int32_t error = 0) {
  SyscallEvent event;
  event.number = number;
  event.tid = 7;
  event.start_ns = start_ns;
  event.duration_ns = 100;
  event.error = error;
  return event;
}

std::unique_ptr<ScriptedSource> source_of(std::vector<SyscallEvent> events) {
  auto source = std::make_unique<ScriptedSource>();
  source->own_stats.log = LogInfo{};
  source->own_stats.log->input_count = 1;
  source->own_stats.log->whole = true;
  source->own_stats.log->text_bytes = 10;
  source->steps.push_back({std::move(events), std::nullopt, {}});
  return source;
}

class Times : public EventSink {
 public:
  void event(const SyscallEvent& event) override { times.push_back(event.start_ns); }
  std::vector<std::optional<std::int64_t>> times;
};

JoinedSource joined(std::unique_ptr<ScriptedSource> a, std::unique_ptr<ScriptedSource> b) {
  std::vector<JoinedSource::Part> parts;
  parts.emplace_back("first", std::move(a));
  parts.emplace_back("second", std::move(b));
  return {std::move(parts), false};
}

Capture run(JoinedSource& source, EventSink* sink = nullptr) {
  SessionOptions options;
  options.sink = sink;
  return Session(source, options).run(-1, {});
}

using Time = std::optional<std::int64_t>;

}  // namespace

TEST_CASE("joined logs: one after the other, added up", "[joined]") {
  JoinedSource source =
      joined(source_of({call(0, kToday), call(1, kToday)}), source_of({call(0, kToday + 9)}));
  Times sink;
  const Capture capture = run(source, &sink);
  CHECK(capture.source.ledger.completed == 3);
  CHECK(capture.snapshot.stats.at({Abi::x86_64, 0, {}}).count() == 2);
  CHECK(capture.source.log->input_count == 2);
  CHECK(capture.source.log->whole);
  CHECK(sink.times == std::vector<Time>{kToday, kToday, kToday + 9});
}

TEST_CASE("joined logs: the first clock counts, and others are left out", "[joined]") {
  Times sink;
  SECTION("calendar, then since boot") {
    JoinedSource source = joined(source_of({call(0, kToday)}), source_of({call(0, 5000)}));
    const Capture capture = run(source, &sink);
    CHECK(sink.times == std::vector<Time>{kToday, std::nullopt});
    CHECK(capture.source.warnings.front().find(
              "second: its clock has nothing in common with that of first") == 0);
  }
  SECTION("since two different boots") {
    JoinedSource source = joined(source_of({call(0, 5000)}), source_of({call(0, 5000)}));
    run(source, &sink);
    CHECK(sink.times == std::vector<Time>{5000, std::nullopt});
  }
  SECTION("the first has none") {
    JoinedSource source = joined(source_of({call(0, std::nullopt)}), source_of({call(0, 5000)}));
    run(source, &sink);
    CHECK(sink.times == std::vector<Time>{std::nullopt, 5000});
  }
}

TEST_CASE("joined logs: what one cannot read does not keep the next from being read", "[joined]") {
  auto broken = source_of({call(0, kToday)});
  broken->steps.push_back({{}, Error{Errc::io, "broken", ""}, {}});
  JoinedSource source = joined(std::move(broken), source_of({call(1, kToday)}));
  const Capture capture = run(source);
  CHECK(capture.end == EndReason::failed);
  CHECK(capture.error->message == "broken");
  CHECK(capture.source.ledger.completed == 2);
}

TEST_CASE("joined logs: one that cannot even begin", "[joined]") {
  auto broken = source_of({call(0, kToday)});
  broken->start_error = Error{Errc::io, "no start", ""};
  std::vector<JoinedSource::Part> parts;
  parts.emplace_back("first", source_of({call(0, kToday)}));
  parts.emplace_back("second", std::move(broken));
  parts.emplace_back("third", source_of({call(1, kToday)}));
  JoinedSource source(std::move(parts), false);
  const Capture capture = run(source);
  CHECK(capture.error->message == "no start");
  CHECK(capture.source.ledger.completed == 2);
}

TEST_CASE("joined logs: stopped between two, the rest is missing", "[joined]") {
  JoinedSource source = joined(source_of({call(0, kToday)}), source_of({call(1, kToday)}));
  REQUIRE(source.start().ok());
  Batch batch;
  REQUIRE(source.next(batch, {}).ok());
  source.stop();
  while (true) {
    const auto next = source.next(batch, {});
    REQUIRE(next.ok());
    if (*next == Next::end) break;
  }
  CHECK(source.stats().ledger.completed == 1);
  CHECK_FALSE(source.stats().log->whole);
}
