#include "core/engine/analysis_builder.h"

#include <catch2/catch.hpp>
#include <cerrno>
#include <map>
#include <random>

#include "core/engine/distribution_builder.h"
#include "core/model/syscall_table.h"

using namespace latimer;

namespace {

struct Maker {
  SyscallEvent event;
  Maker(std::string_view name, std::int64_t start_ns, std::int64_t duration_ns) {
    event.number = syscall_number(Abi::x86_64, name).value();
    event.tid = event.tgid.emplace(10);
    event.start_ns = start_ns;
    event.duration_ns = duration_ns;
    event.return_value = 0;
  }
  Maker& on(std::int32_t fd, std::string_view path) {
    event.fd = fd;
    event.path = path;
    return *this;
  }
  Maker& gave(std::int64_t value) {
    event.return_value = value;
    if (value < 0) event.error = static_cast<std::int32_t>(-value);
    return *this;
  }
  Maker& by(std::int32_t pid, std::int32_t tid) {
    event.tgid = pid;
    event.tid = tid;
    return *this;
  }
};

const WorkRow* find_work(const Analysis& analysis, Work work) {
  for (const WorkRow& row : analysis.work)
    if (row.work == work) return &row;
  return nullptr;
}

}  // namespace

TEST_CASE("the same call is other work on another target", "[analysis]") {
  AnalysisBuilder builder;
  builder.event(Maker("read", 0, 100).on(3, "/data").gave(10).event);
  builder.event(Maker("read", 0, 200).on(4, "tcp:10.0.0.1:80").gave(20).event);
  builder.event(Maker("read", 0, 300).on(5, "pipe:#1").gave(30).event);
  builder.event(Maker("read", 0, 400).on(6, "").gave(40).event);
  builder.event(Maker("write", 0, 500).on(3, "/data").gave(50).event);
  builder.event(Maker("fsync", 0, 9'000).on(3, "/data").event);
  builder.event(Maker("epoll_wait", 0, 1'000'000).on(7, "anon_inode:[eventpoll]").event);
  builder.event(Maker("openat", 0, 60).gave(-ENOENT).event);
  const Analysis analysis = builder.finish(10);
  const auto ns = [&](Work work) { return find_work(analysis, work)->activity.total_ns; };
  CHECK(ns(Work::disk_read) == 100);
  CHECK(ns(Work::network) == 200);
  CHECK(ns(Work::pipe) == 300);
  CHECK(ns(Work::unknown_io) == 400);
  CHECK(ns(Work::disk_write) == 500);
  CHECK(ns(Work::fsync) == 9'000);
  CHECK(find_work(analysis, Work::metadata)->activity.errors == 1);
  CHECK(find_work(analysis, Work::fsync)->bottleneck);
  CHECK(find_work(analysis, Work::poll)->waits);
  CHECK_FALSE(find_work(analysis, Work::poll)->bottleneck);
  CHECK(analysis.all.count == 8);
  CHECK(analysis.all.read_bytes == 100);
  CHECK(analysis.all.written_bytes == 50);
  CHECK(analysis.all.waiting_ns == 1'000'000);
  CHECK(analysis.unknown_targets.count == 1);
  // Each call is in one class.
  CHECK(analysis.classes[0].count == 7);
  CHECK(analysis.classes[3].count == 1);
}

TEST_CASE("files and peers are told apart, clients without their ports", "[analysis]") {
  AnalysisBuilder builder;
  builder.event(Maker("openat", 0, 10).on(-1, "/a").gave(3).event);
  builder.event(Maker("read", 0, 100).on(3, "/a").gave(10).event);
  builder.event(Maker("write", 0, 1).on(5, "tcp-from:10.0.0.1:5001").gave(7).event);
  builder.event(Maker("write", 0, 1).on(6, "tcp-from:10.0.0.1:5002").gave(7).event);
  const Analysis analysis = builder.finish(10);
  REQUIRE(analysis.files.size() == 1);
  CHECK(analysis.files[0].name == "/a");
  CHECK(analysis.files[0].opens == 1);
  CHECK(analysis.files[0].activity.count == 2);
  REQUIRE(analysis.peers.size() == 1);
  CHECK(analysis.peers[0].name == "tcp-from:10.0.0.1");
  CHECK(analysis.peers[0].activity.written_bytes == 14);
}

TEST_CASE("more files than there is room for", "[analysis]") {
  TargetActivities targets(100);
  CallFigures call;
  call.timed = true;
  for (int i = 0; i < 5'000; ++i) {
    call.ns = 10;
    targets.of("/cold" + std::to_string(i)).activity.add(call);
    call.ns = 1'000;
    targets.of("/hot").activity.add(call);
  }
  const auto result = targets.finish();
  CHECK(result.files.size() <= 100);
  CHECK(result.files[0].name == "/hot");
  CHECK(result.files[0].activity.count == 5'000);
  std::uint64_t calls = result.others.count, time = result.others.total_ns;
  for (const TargetRow& row : result.files) {
    calls += row.activity.count;
    time += row.activity.total_ns;
  }
  CHECK(calls == 10'000);  // nothing is gone
  CHECK(time == 5'000 * 1'010);
}

TEST_CASE("the time line holds every call, whatever the order and the length", "[analysis]") {
  std::mt19937_64 random(7);
  TimelineBuilder timeline;
  std::uint64_t working = 0;
  CallFigures call;
  call.timed = true;
  for (int i = 0; i < 20'000; ++i) {
    // From a second to a week, forward and back.
    const auto start =
        static_cast<std::int64_t>(random() % (i < 100 ? 1'000'000'000ULL : 604'800'000'000'000ULL));
    call.ns = random() % 100'000;
    working += call.ns;
    timeline.add(Maker("read", start - 5'000'000, 0).by(10, 10 + i % 7).event, call);
  }
  const auto result = timeline.finish(3);
  REQUIRE(result);
  CHECK(result->slices.size() <= TimelineBuilder::kMostSlices);
  std::uint64_t calls = 0, told = 0, latency = 0;
  for (const TimeSlice& slice : result->slices) {
    calls += slice.calls;
    for (const std::uint64_t ns : slice.work_ns) told += ns;
    for (const std::uint32_t count : slice.latency) latency += count;
  }
  CHECK(calls == 20'000);
  CHECK(latency == 20'000);
  CHECK(told == working);
  CHECK(result->threads.size() == 3);
  CHECK(result->threads[0].working_ns.size() == result->slices.size());
}

TEST_CASE("connections: established, first byte, closed", "[analysis]") {
  AnalysisBuilder builder;
  builder.event(Maker("connect", 1'000, 500).on(3, "tcp:10.0.0.5:443").event);
  builder.event(Maker("write", 2'000, 10).on(3, "tcp:10.0.0.5:443").gave(100).event);
  builder.event(Maker("read", 3'000, 1'000).on(3, "tcp:10.0.0.5:443").gave(200).event);
  builder.event(Maker("read", 5'000, 10).on(3, "tcp:10.0.0.5:443").gave(300).event);
  builder.event(Maker("close", 9'000, 100).on(3, "tcp:10.0.0.5:443").event);
  // Does not wait, and shows by its first write that it has come about.
  builder.event(Maker("connect", 20'000, 10).on(4, "tcp:10.0.0.5:443").gave(-EINPROGRESS).event);
  builder.event(Maker("write", 22'000, 100).on(4, "tcp:10.0.0.5:443").gave(1).event);
  builder.event(Maker("connect", 30'000, 10).on(5, "tcp:10.0.0.5:443").gave(-ECONNREFUSED).event);
  const Analysis analysis = builder.finish(10);
  REQUIRE(analysis.connections.size() == 1);
  const ConnectionRow& row = analysis.connections[0];
  CHECK(row.count == 3);
  CHECK(row.failed == 1);
  CHECK(row.establish_max_ns == 2'100);
  CHECK(row.first_byte_max_ns == 2'500);  // 1,500 to 4,000
  CHECK(row.lifetime_max_ns == 8'100);
  CHECK(row.read_bytes == 500);
  CHECK(row.written_bytes == 101);
}

TEST_CASE("a histogram's bars hold every call", "[analysis]") {
  for (const auto scale : {DistributionScale::log2, DistributionScale::linear, DistributionScale::custom}) {
    DistributionOptions options;
    options.call = "read";
    options.filter = SyscallFilter::parse("read").value();
    options.by = DistributionBy::thread;
    options.scale = scale;
    options.edges_ns = {1'000, 10'000, 100'000};
    DistributionBuilder builder(options);
    for (int i = 0; i < 3'000; ++i) {
      builder.event(Maker("read", 0, i * 97).by(10, i % 3 == 0 ? 11 : 12).event);
      builder.event(Maker("write", 0, 5).event);
    }
    const auto all = builder.finish(10, 1);
    REQUIRE(all.size() == 2);
    CHECK(all[0].group.starts_with("thread 12"));
    CHECK(all[0].count == 2'000);
    CHECK(all[1].count == 1'000);
    for (const Distribution& one : all) {
      std::uint64_t sum = 0;
      for (const DistributionBar& bar : one.bars) sum += bar.count;
      CHECK(sum == one.count);
    }
    if (scale != DistributionScale::custom) continue;
    REQUIRE(all[1].bars.size() == 4);
    CHECK(all[1].bars[0].count == 4);  // 0, 291, 582, 873
    CHECK_FALSE(all[1].bars[3].hi_ns.has_value());
  }
}

TEST_CASE("of more processes than there is room for, the busiest are told, and how many are not",
          "[analysis]") {
  AnalysisBuilder builder;
  const int processes = static_cast<int>(AnalysisBuilder::kMostTasks) + 5;
  for (int i = 1; i <= processes; ++i) builder.event(Maker("read", 10, i).by(i, i).event);
  builder.event(Maker("read", 10, 1'000'000).by(50'000, 50'000).event);
  const Analysis analysis = builder.finish(0);
  REQUIRE_FALSE(analysis.limits.empty());
  CHECK(analysis.processes.front().pid == 50'000);
  CHECK(analysis.processes.front().at_least);
  CHECK_FALSE(analysis.processes[6].at_least);
  std::uint64_t told = 0;
  for (const TaskRow& row : analysis.processes) told += row.activity.count;
  CHECK(told < analysis.all.count);
  CHECK(analysis.limits.front().find("with the least time are in the sums only") != std::string::npos);
}

TEST_CASE("of a connection that was there before nobody knows when it began", "[analysis]") {
  AnalysisBuilder builder;
  builder.event(Maker("recvfrom", 1'000, 100).on(4, "tcp-from:10.0.0.9:50122").gave(5).event);
  builder.event(Maker("close", 5'000, 100).on(4, "tcp-from:10.0.0.9:50122").event);
  const Analysis analysis = builder.finish(0);
  REQUIRE(analysis.connections.size() == 1);
  CHECK(analysis.connections.front().count == 1);
  CHECK(analysis.connections.front().read_bytes == 5);
  CHECK_FALSE(analysis.connections.front().first_byte_p50_ns);
  CHECK_FALSE(analysis.connections.front().lifetime_p50_ns);
}

TEST_CASE("a number that is given out again is another connection", "[analysis]") {
  AnalysisBuilder builder;
  for (const int at : {1'000, 9'000}) {
    builder.event(Maker("accept4", at, 50).on(3, "tcp-listen:0.0.0.0:80").gave(4).event);
    builder.event(Maker("recvfrom", at + 100, 100).on(4, "tcp-from:10.0.0.9:50122").gave(5).event);
  }
  const Analysis analysis = builder.finish(0);
  REQUIRE(analysis.connections.size() == 1);
  CHECK(analysis.connections.front().count == 2);
  CHECK(analysis.connections.front().first_byte_max_ns == 150);
}

TEST_CASE("a process that exits closes its connections", "[analysis]") {
  AnalysisBuilder builder;
  const int served = static_cast<int>(ConnectionBuilder::kMost) + 100;
  for (int i = 1; i <= served; ++i) {
    builder.event(
        Maker("accept4", i * 1'000 - 100, 50).on(3, "tcp-listen:0.0.0.0:80").gave(4).by(i, i).event);
    builder.event(Maker("recvfrom", i * 1'000, 100).on(4, "tcp-from:10.0.0.9:50122").gave(5).by(i, i).event);
    SyscallEvent exited = Maker("exit_group", i * 1'000 + 500, 0).by(i, i).event;
    exited.kind = EventKind::no_return;
    builder.event(exited);
  }
  const Analysis analysis = builder.finish(0);
  REQUIRE(analysis.connections.size() == 1);
  CHECK(analysis.connections.front().count == static_cast<std::uint64_t>(served));
  CHECK(analysis.connections.front().lifetime_max_ns == 550);
  CHECK(analysis.connections.front().first_byte_max_ns == 150);
  for (const std::string& limit : analysis.limits) CHECK(limit.find("connections") == std::string::npos);
}

TEST_CASE("of more groups than there is room for, the busiest are told", "[analysis]") {
  DistributionOptions options;
  options.call = "read";
  options.filter = SyscallFilter::parse("read").value();
  options.by = DistributionBy::path;
  DistributionBuilder builder(options);
  std::uint64_t made = 0;
  for (int i = 0; i < 5'000; ++i, ++made)
    builder.event(Maker("read", i, 50).on(3, "/cold/" + std::to_string(i)).event);
  for (int i = 0; i < 100; ++i, ++made) builder.event(Maker("read", i, 50).on(3, "/hot").event);
  const auto all = builder.finish(2, 1);
  REQUIRE(all.size() == 3);
  CHECK(all[0].group == "/hot");
  CHECK(all[0].count == 100);
  CHECK(all[2].group == "(others)");
  CHECK(all[2].count >= 3'000);
  REQUIRE(builder.limits().size() == 1);
  std::uint64_t told = 0;
  for (const Distribution& one : builder.finish(10'000, 1)) told += one.count;
  CHECK(told == made);
}
