#include <catch2/catch.hpp>

#include "cli/interval_feed.h"

using namespace latimer;

namespace {

Capture interval_of(int index, int calls) {
  Capture capture;
  SyscallStats& stats = capture.snapshot.stats[SyscallKey{Abi::x86_64, 0, {}}];
  for (int i = 0; i < calls; ++i) stats.latency.record(1'000);
  capture.snapshot.observed_ns = 1'000;
  capture.snapshot.in_flight.resize(static_cast<std::size_t>(index));
  capture.start_ns = static_cast<std::uint64_t>(index) * 1'000;
  capture.end_ns = capture.start_ns + 1'000;
  capture.source.ledger.completed = static_cast<std::uint64_t>(calls);
  capture.source.ledger.add_loss(LossReason::ring_full, 1);
  return capture;
}

}  // namespace

TEST_CASE("intervals that a slow reader does not take become one, and nothing is lost") {
  std::vector<Capture> delivered;
  std::vector<IntervalInfo> infos;
  bool stalled = false;
  IntervalFeed feed([&](const Capture& capture, const IntervalInfo& info) {
    if (stalled) return false;
    delivered.push_back(capture);
    infos.push_back(info);
    return true;
  });
  feed.add(interval_of(0, 5));
  stalled = true;
  feed.add(interval_of(1, 7));
  feed.add(interval_of(2, 11));
  stalled = false;
  feed.add(interval_of(3, 13));
  feed.add(interval_of(4, 1));
  REQUIRE(delivered.size() == 3);
  CHECK(infos[0].merged == 1);
  CHECK(infos[1].merged == 3);
  CHECK(infos[1].start_ns == 1'000);
  CHECK(infos[1].end_ns == 4'000);
  CHECK(infos[1].index == 4);
  CHECK(delivered[1].snapshot.stats.begin()->second.count() == 31);
  CHECK(delivered[1].snapshot.observed_ns == 3'000);
  CHECK(delivered[1].snapshot.in_flight.size() == 3);
  CHECK(delivered[1].source.ledger.completed == 31u);
  CHECK(delivered[1].source.ledger.total_lost() == 3);
  CHECK(infos[2].merged == 1);
  CHECK(delivered[2].snapshot.stats.begin()->second.count() == 1);
}

TEST_CASE("what a reader never took is delivered at the end, once") {
  IntervalFeed feed([](const Capture&, const IntervalInfo&) { return false; });
  feed.add(interval_of(0, 5));
  feed.add(interval_of(1, 7));
  std::vector<std::uint64_t> merged;
  const auto last = [&](const Capture& capture, const IntervalInfo& info) {
    merged.push_back(info.merged);
    CHECK(capture.snapshot.stats.begin()->second.count() == 12);
    return true;
  };
  feed.flush(last);
  feed.flush(last);
  CHECK(merged == std::vector<std::uint64_t>{2});
}
