// A Report with an Analysis in which every figure is known, for the tests of the HTML exporter.
#pragma once

#include <string>

#include "tests/unit/exporter_fixture.h"

namespace latimer::test {

// A name that would leave its place in a page if it were put there raw.
inline const std::string kHostileName =
    "/tmp/<script>alert(1)</script>\"onload='x' &amp; \n\x1b[31m\xff\xfe.txt";

inline Activity sample_activity(std::uint64_t count, std::uint64_t total_ns, std::uint64_t waiting_ns) {
  Activity activity;
  activity.count = count;
  activity.errors = count / 10;
  activity.total_ns = total_ns;
  activity.waiting_ns = waiting_ns;
  activity.max_ns = total_ns / 2;
  activity.p50_ns = total_ns / (count + 1);
  activity.p95_ns = total_ns / (count + 1) * 3;
  activity.p99_ns = total_ns / (count + 1) * 9;
  activity.reads = count / 2;
  activity.writes = count / 4;
  activity.read_bytes = count * 4096;
  activity.written_bytes = count * 100;
  return activity;
}

inline std::vector<WorkRow> sample_work() {
  return {{Work::poll, sample_activity(120, 9'000'000'000, 9'000'000'000), true, false},
          {Work::fsync, sample_activity(40, 2'400'000'000, 0), false, true},
          {Work::disk_write, sample_activity(5'000, 800'000'000, 0), false, false},
          {Work::network, sample_activity(2'500, 300'000'000, 20'000'000), false, false},
          {Work::metadata, sample_activity(12'345, 150'000'000, 0), false, false},
          {Work::memory, sample_activity(300, 4'000'000, 0), false, false}};
}

// Twelve seconds, a slice for each 100 ms; fsync is slow in the middle.
inline Timeline sample_timeline() {
  Timeline timeline;
  timeline.slice_ns = 100'000'000;
  timeline.slices.resize(120);
  ThreadTimeline busy{100, 100, "db-writer", {}, {}};
  ThreadTimeline idle{100, 101, "<b>poller</b>", {}, {}};
  for (std::size_t i = 0; i < timeline.slices.size(); ++i) {
    TimeSlice& slice = timeline.slices[i];
    const bool slow = i >= 50 && i < 70;
    slice.calls = 200 + i;
    slice.errors = i % 7;
    slice.work_ns[static_cast<std::size_t>(Work::fsync)] = slow ? 80'000'000 : 8'000'000;
    slice.work_ns[static_cast<std::size_t>(Work::disk_write)] = 5'000'000 + i * 20'000;
    slice.work_ns[static_cast<std::size_t>(Work::network)] = i % 10 * 600'000;
    slice.work_ns[static_cast<std::size_t>(Work::metadata)] = 1'300'000;
    slice.work_ns[static_cast<std::size_t>(Work::poll)] = 75'000'000;
    slice.latency[1] = 20;
    slice.latency[2] = static_cast<std::uint32_t>(100 + i);
    slice.latency[3] = static_cast<std::uint32_t>(30 + 5 * (i % 12));
    slice.latency[5] = i % 5 == 0 ? 4 : 0;
    slice.latency[slow ? 18 : 13] = 2;
    busy.working_ns.push_back(slow ? 90'000'000 : 15'000'000);
    busy.waiting_ns.push_back(0);
    idle.working_ns.push_back(2'000'000);
    idle.waiting_ns.push_back(i % 20 == 0 ? 1'900'000'000 : 0);
  }
  timeline.threads = {busy, idle};
  return timeline;
}

inline Analysis sample_analysis(std::size_t files = 3) {
  Analysis analysis;
  analysis.work = sample_work();
  analysis.classes = {{{"fast", 15'000, 60'000'000},
                       {"medium", 4'000, 300'000'000},
                       {"slow", 1'200, 3'294'000'000},
                       {"blocking", 120, 9'020'000'000}}};
  analysis.processes = {{100, 0, "db-writer", sample_activity(20'320, 12'654'000'000, 9'020'000'000), 3'500}};
  analysis.threads = {{100, 100, "db-writer", sample_activity(20'000, 3'600'000'000, 0), 3'500'000'000},
                      {100, 101, "<b>poller</b>", sample_activity(320, 9'054'000'000, 9'020'000'000), 4'000}};
  analysis.files.push_back(
      {"/var/lib/db/journal.wal", TargetKind::file, sample_activity(4'040, 3'000'000'000, 0), 2});
  analysis.files.push_back({kHostileName, TargetKind::file, sample_activity(77, 7'000'000, 0), 77});
  while (analysis.files.size() < files) {
    const std::string name = "/usr/share/data/table-" + std::to_string(analysis.files.size());
    analysis.files.push_back({name, TargetKind::file, sample_activity(9, 90'000, 0), 1});
  }
  analysis.files_in_all = analysis.files.size() + 1'000;
  analysis.peers = {
      {"tcp:10.0.0.5:443", TargetKind::socket, sample_activity(2'000, 280'000'000, 20'000'000), 0},
      {"pipe:#3", TargetKind::pipe, sample_activity(500, 20'000'000, 0), 0}};
  analysis.peers_in_all = 2;
  ConnectionRow connection;
  connection.peer = "tcp:10.0.0.5:443";
  connection.count = 12;
  connection.failed = 1;
  connection.establish_p50_ns = 21'000'000;
  connection.establish_max_ns = 95'000'000;
  connection.first_byte_p50_ns = 48'000'000;
  connection.read_bytes = 7'340'032;
  connection.written_bytes = 20'480;
  analysis.connections.push_back(connection);
  analysis.unknown_targets = sample_activity(5, 50'000, 0);
  analysis.all = sample_activity(20'320, 12'654'000'000, 9'020'000'000);
  analysis.timeline = sample_timeline();
  return analysis;
}

inline Report analyzed_report(std::size_t files = 3) {
  Report report = sample_report();
  report.command = "report";
  report.mode = "stream";
  report.target.argv = {"db-bench", "--rows", "10000", kHostileName};
  report.target.pids = {100};
  report.environment.hostname = "build<7>";
  report.environment.clock.start.realtime_ns = 1'790'000'000'000'000'000;
  report.duration_ns = 12'000'000'000;
  report.verdict =
      Verdict{"io-bound", "io-bound: 3.50s of 3.63s in working calls went for I/O, 2.40s of it for fsync",
              1,          2,
              3,          4,
              5,          6};
  report.warnings.push_back("the path " + kHostileName + " was cut");
  report.analysis = sample_analysis(files);
  return report;
}

}  // namespace latimer::test
