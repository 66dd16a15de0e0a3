#include "core/stats/snapshot.h"

#include <catch2/catch.hpp>
#include <cstring>

#include "core/stats/snapshot_builder.h"

using namespace latimer;

namespace {

SyscallEvent call(int number, std::int64_t duration, int error = 0, int tgid = 7) {
  SyscallEvent event;
  event.number = number;
  event.tgid = tgid;
  event.tid = tgid;
  event.duration_ns = duration;
  event.error = error;
  event.continuations_known = true;
  return event;
}

Snapshot add_up(const std::vector<SyscallEvent>& events, GroupBy by = GroupBy::none) {
  SnapshotBuilder builder(by);
  for (const auto& event : events) builder.add(event);
  return builder.snapshot();
}

const SyscallStats& only(const Snapshot& snapshot) {
  REQUIRE(snapshot.stats.size() == 1);
  return snapshot.stats.begin()->second;
}

}  // namespace

TEST_CASE("events add up to counts, errors and durations") {
  const auto snapshot = add_up({call(0, 10), call(0, 20, 11), call(1, 5)});
  REQUIRE(snapshot.stats.size() == 2);
  const auto& read = snapshot.stats.begin()->second;
  CHECK(read.count() == 2);
  CHECK(read.latency.sum() == 30);
  CHECK(read.errors == std::map<std::int32_t, std::uint64_t>{{11, 1}});
}

TEST_CASE("what is no completion is not counted as one") {
  auto exited = call(231, 0);
  exited.kind = EventKind::no_return;
  auto child = call(56, 0);
  child.kind = EventKind::child_return;
  auto before = call(0, 0);
  before.kind = EventKind::began_before;
  CHECK(add_up({exited, child, before}).stats.empty());

  auto killed = call(34, 0);
  killed.kind = EventKind::killed_inside;
  const auto snapshot = add_up({killed});
  CHECK(only(snapshot).count() == 0);
  CHECK(only(snapshot).killed_inside == 1);
}

TEST_CASE("a refused call counts, without a duration") {
  auto refused = call(39, 0, 1);
  refused.kind = EventKind::refused;
  refused.duration_ns.reset();
  const auto snapshot = add_up({refused, call(39, 100)});
  CHECK(only(snapshot).count() == 2);
  CHECK(only(snapshot).untimed == 1);
  CHECK(only(snapshot).latency.count() == 1);
}

TEST_CASE("logical count joins a call with its restarts") {
  auto again = call(0, 20);
  again.flags = kContinuation;
  const auto snapshot = add_up({call(0, 10, 512), again});
  CHECK(only(snapshot).count() == 2);
  CHECK(only(snapshot).logical_count() == 1);
}

TEST_CASE("logical count is unknown as soon as one source cannot tell") {
  auto blind = call(0, 10);
  blind.continuations_known = false;
  auto snapshot = add_up({blind});
  CHECK_FALSE(only(snapshot).logical_count());
  auto other = add_up({call(0, 10)});
  other.merge(snapshot);
  CHECK_FALSE(only(other).logical_count());
}

TEST_CASE("subjects keep processes of the same number apart by their start time") {
  auto first = call(0, 1);
  first.epoch = 100;
  auto second = call(0, 1);
  second.epoch = 200;
  CHECK(add_up({first, second}, GroupBy::process).stats.size() == 2);
  CHECK(add_up({first, second}, GroupBy::process).without_subjects().stats.size() == 1);
}

TEST_CASE("the label of a process is no part of its identity; the comm of a comm key is") {
  auto before = call(0, 1);
  std::strcpy(before.comm.data(), "sh");
  auto after = call(0, 1);
  std::strcpy(after.comm.data(), "ls");
  CHECK(add_up({before, after}, GroupBy::process).stats.size() == 1);
  CHECK(add_up({before, after}, GroupBy::comm).stats.size() == 2);
}

TEST_CASE("merge is exact, since leaves out what did not move") {
  auto whole = add_up({call(0, 10), call(1, 10)});
  const auto part = whole;
  whole.merge(add_up({call(0, 30, 4)}));
  const auto change = whole.since(part);
  CHECK(only(change).count() == 1);
  CHECK(only(change).latency.sum() == 30);
  CHECK(only(change).errors == std::map<std::int32_t, std::uint64_t>{{4, 1}});
}

TEST_CASE("numbers outside every table have keys of their own") {
  CHECK(add_up({call(-1, 1), call(100000, 1), call(0x40000001, 1)}).stats.size() == 3);
}

TEST_CASE("an interval in which subjects were folded into the exited one holds only what was new") {
  const auto fold = [](const Snapshot& from, int from_pid) {  // as the ebpf backend folds keys of the dead
    Snapshot to;
    for (const auto& [key, stats] : from.stats) {
      SyscallKey kept = key;
      if (key.subject.pid >= from_pid) {
        kept.subject = Subject{};
        kept.subject.kind = GroupBy::process;
        kept.subject.exited = true;
      }
      const auto [at, is_new] = to.stats.try_emplace(kept, stats);
      if (!is_new) at->second.merge(stats);
    }
    return to;
  };
  const std::vector<SyscallEvent> old = {call(0, 10, 0, 1), call(0, 10, 0, 2), call(0, 10, 0, 3)};
  std::vector<SyscallEvent> all = old;
  for (const int tgid : {1, 3, 4}) all.push_back(call(0, 70, 0, tgid));
  const Snapshot earlier = add_up(old, GroupBy::process);
  const Snapshot later = fold(add_up(all, GroupBy::process), 2);
  std::uint64_t count = 0, sum = 0;
  for (const auto& [key, stats] : later.since(earlier).stats) {
    count += stats.count();
    sum += stats.latency.sum();
  }
  CHECK(count == 3);
  CHECK(sum == 210);
  // Folded before and after: the exited one itself is subtracted.
  CHECK(later.since(fold(earlier, 2)).stats.size() == 2);
}
