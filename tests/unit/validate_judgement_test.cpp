#include "validation/compare/judgement.h"

#include <fmt/format.h>
#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/unit/validate_fixture.h"

namespace latimer::compare {

namespace {

Judgement judged(const Truth& truth, const Observation& seen, const std::string& way = "ebpf-stream",
                 const CallTable& library = {}) {
  return judge(truth, way_of(way), seen, library);
}

bool has(const Judgement& judgement, ComplaintKind kind, const std::string& call = "") {
  return std::any_of(judgement.complaints.begin(), judgement.complaints.end(),
                     [&](const Complaint& complaint) {
                       return complaint.kind == kind && (call.empty() || complaint.call == call);
                     });
}

void lose(Observation& seen, LossReason reason, std::uint64_t calls) {
  seen.ledger.add_loss(reason, calls);
  seen.complete = false;
}

}  // namespace

TEST_CASE("Who tells what is true is exact", "[validate]") {
  const Judgement judgement = judged(small_truth(), small_observation());
  CHECK(judgement.verdict == Verdict::exact);
  CHECK(judgement.complaints.empty());
}

TEST_CASE("One call too few, or too many, is a failure", "[validate]") {
  const auto told = GENERATE(99, 101);
  const Judgement judgement =
      judged(small_truth(),
             seen_of({{"x86_64:getppid", seen_call(told)}, {"x86_64:open", seen_call(10, {{"ENOENT", 4}})}}));
  CHECK(judgement.verdict == Verdict::fail);
  CHECK(has(judgement, ComplaintKind::count, "x86_64:getppid"));
}

TEST_CASE("A call that is not told at all is a failure", "[validate]") {
  const Judgement judgement = judged(small_truth(), seen_of({{"x86_64:getppid", seen_call(100)}}));
  CHECK(judgement.verdict == Verdict::fail);
  CHECK(has(judgement, ComplaintKind::count, "x86_64:open"));
}

TEST_CASE("One error of another name is a failure, though the counts are right", "[validate]") {
  const Judgement judgement =
      judged(small_truth(), seen_of({{"x86_64:getppid", seen_call(100)},
                                     {"x86_64:open", seen_call(10, {{"ENOENT", 3}, {"EACCES", 1}})}}));
  CHECK(judgement.verdict == Verdict::fail);
  CHECK(has(judgement, ComplaintKind::errors, "x86_64:open"));
}

TEST_CASE("What the ledger says is lost may be missing, and no call more", "[validate]") {
  Observation seen =
      seen_of({{"x86_64:getppid", seen_call(95)}, {"x86_64:open", seen_call(10, {{"ENOENT", 4}})}});
  lose(seen, LossReason::ring_full, 5);
  CHECK(judged(small_truth(), seen).verdict == Verdict::lost);
  seen.calls["x86_64:getppid"] = seen_call(94);
  seen.ledger.completed = *seen.ledger.completed - 1;
  seen.ledger.enters = seen.ledger.exits = seen.ledger.completed;
  CHECK(judged(small_truth(), seen).verdict == Verdict::fail);
}

TEST_CASE("Loss is no excuse for calls too many or wrong errors", "[validate]") {
  Observation seen =
      seen_of({{"x86_64:getppid", seen_call(101)}, {"x86_64:open", seen_call(10, {{"ENOENT", 4}})}});
  lose(seen, LossReason::ring_full, 5);
  CHECK(judged(small_truth(), seen).verdict == Verdict::fail);
  seen = seen_of({{"x86_64:getppid", seen_call(100)}, {"x86_64:open", seen_call(10, {{"EACCES", 4}})}});
  lose(seen, LossReason::ring_full, 5);
  CHECK(judged(small_truth(), seen).verdict == Verdict::fail);
}

TEST_CASE("A report that lost something and says that it is complete contradicts itself", "[validate]") {
  Observation seen = small_observation();
  seen.ledger.add_loss(LossReason::ring_full, 1);
  const Judgement judgement = judged(small_truth(), seen);
  CHECK(judgement.verdict == Verdict::fail);
  CHECK(has(judgement, ComplaintKind::ledger));
}

TEST_CASE("A ledger that does not balance is a failure, whatever the counts", "[validate]") {
  Observation seen = small_observation();
  seen.ledger.enters = *seen.ledger.enters + 1;
  CHECK(judged(small_truth(), seen).verdict == Verdict::fail);
}

TEST_CASE("Rows that do not add up to the ledger are a failure", "[validate]") {
  Observation seen = small_observation();
  seen.ledger.completed = *seen.ledger.completed - 1;
  seen.ledger.no_return = 1;
  seen.ledger.child_returns = 1;
  CHECK(judged(small_truth(), seen).verdict == Verdict::fail);
}

TEST_CASE("The launch of the workload is expected besides", "[validate]") {
  Truth truth = small_truth();
  truth.calls["x86_64:execve"] = {2, {}};
  truth.launch_adds["x86_64:execve"] = 1;
  auto calls = small_observation().calls;
  calls["x86_64:execve"] = seen_call(3);
  CHECK(judged(truth, seen_of(calls)).verdict == Verdict::exact);
}

TEST_CASE("A sleep shorter than asked for, or longer than the time around it, is a failure", "[validate]") {
  Truth truth;
  truth.calls["x86_64:nanosleep"] = {10, {}};
  truth.at_least_ns["x86_64:nanosleep"] = 10'000'000;
  truth.took_ns["x86_64:nanosleep"] = 130'000'000;  // a busy host
  const auto told = [&](std::uint64_t ns) {
    return judged(truth, seen_of({{"x86_64:nanosleep", seen_call(10, {}, ns)}}));
  };
  CHECK(told(10'060'000).verdict == Verdict::exact);
  CHECK(told(13'000'500).verdict == Verdict::exact);  // printed in microseconds
  CHECK(has(told(9'999'999), ComplaintKind::latency));
  CHECK(has(told(13'002'000), ComplaintKind::latency));
}

TEST_CASE("Nobody can be in calls for longer than there is time", "[validate]") {
  Observation seen = small_observation();
  seen.duration_ns = 1000;
  const Judgement judgement = judged(small_truth(), seen);
  CHECK(judgement.verdict == Verdict::fail);
  CHECK(has(judgement, ComplaintKind::latency));
}

TEST_CASE("perf's names of 32-bit calls are foretold from the tables, and only for perf", "[validate]") {
  Truth truth;
  truth.calls["i386:chdir"] = {7, {}};
  truth.calls["x86_64:getppid"] = {3, {}};
  // 12 is chdir there and brk here; the C library calls brk twice.
  const Observation by_perf = seen_of({{"x86_64:brk", seen_call(9)}, {"x86_64:getppid", seen_call(3)}});
  const CallTable library{{"x86_64:brk", {2, {}}}, {"x86_64:mmap", {5, {}}}};
  const Judgement judgement = judged(truth, by_perf, "perftrace-record", library);
  CHECK(judgement.verdict == Verdict::explained);
  REQUIRE(judgement.reasons.size() == 1);
  CHECK(judgement.reasons.front().calls == 7);
  CHECK(judged(truth, by_perf, "ebpf-stream", library).verdict == Verdict::fail);
  CHECK(judged(truth, by_perf, "perftrace-record", {}).verdict == Verdict::fail);
}

TEST_CASE("What a task does after changing user is hidden from perf: exactly that", "[validate]") {
  Truth truth = small_truth();
  truth.after_user_change["x86_64:getppid"] = 40;
  auto calls = small_observation().calls;
  calls["x86_64:getppid"] = seen_call(60);
  Observation seen = seen_of(calls);
  lose(seen, LossReason::hidden, 1);
  CHECK(judged(truth, seen, "perftrace-record").verdict == Verdict::explained);
  CHECK(judged(truth, seen, "strace").verdict == Verdict::fail);
}

TEST_CASE("Numbers without a name are missing from perf trace alone", "[validate]") {
  Truth truth = small_truth();
  truth.calls["x86_64:syscall_999"] = {5, {{"ENOSYS", 5}}};
  CHECK(judged(truth, small_observation(), "perftrace-live").verdict == Verdict::explained);
  CHECK(judged(truth, small_observation(), "perftrace-record").verdict == Verdict::fail);
}

TEST_CASE("Calls that died, slept on or were restarted are figures, too", "[validate]") {
  Truth truth = small_truth();
  truth.killed_inside["x86_64:pause"] = 5;
  truth.logical["x86_64:getppid"] = 90;
  auto calls = small_observation().calls;
  calls["x86_64:getppid"].logical = 90;
  calls["x86_64:pause"].killed_inside = 5;
  CHECK(judged(truth, seen_of(calls)).verdict == Verdict::exact);
  calls["x86_64:pause"].killed_inside = 4;
  CHECK(has(judged(truth, seen_of(calls)), ComplaintKind::killed, "x86_64:pause"));
  calls["x86_64:pause"].killed_inside = 5;
  calls["x86_64:getppid"].logical = 91;
  CHECK(has(judged(truth, seen_of(calls)), ComplaintKind::logical));
}

TEST_CASE("A workload's line is read from among its output", "[validate]") {
  const auto truth = read_truth(
      "noise\n{\"scenario\":\"x\",\"truth\":{\"x86_64:read\":{\"count\":3,\"errors\":{\"EINTR\":1}}},"
      "\"killed_inside\":{},\"in_flight\":{},\"refused\":{},\"logical\":{},\"at_least_ns\":{},\"took_ns\":{},"
      "\"bytes\":{},"
      "\"launch_adds\":{\"x86_64:execve\":1},\"after_user_change\":{},\"measured\":{},\"child_returns\":0,"
      "\"pattern\":\"\",\"notes\":\"\"}\n");
  REQUIRE(truth.ok());
  CHECK(truth.value().calls.at("x86_64:read") == CallCounts{3, {{"EINTR", 1}}});
  CHECK_FALSE(read_truth("").ok());
  CHECK_FALSE(
      read_truth("{\"scenario\":\"x\",\"truth\":{},\"killed_inside\":{},\"in_flight\":{},\"refused\":{},"
                 "\"logical\":{},\"at_least_ns\":{},\"took_ns\":{},\"bytes\":{},\"launch_adds\":{},"
                 "\"after_user_change\":{},\"measured\":{}}")
          .ok());
  CHECK_FALSE(read_truth("{\"scenario\":\"x\",\"truth\":{").ok());
  for (const char* number : {"-1", "1.5", "18446744073709551616", "\"3\"", "null"}) {
    const auto strange = read_truth(fmt::format(
        "{{\"scenario\":\"x\",\"truth\":{{\"x86_64:read\":{{\"count\":{},\"errors\":{{}}}}}}}}", number));
    REQUIRE_FALSE(strange.ok());
    CHECK(strange.error().message.find("x86_64:read") != std::string::npos);
  }
}

TEST_CASE("A report that is cut short is an error", "[validate]") {
  CHECK_FALSE(read_observation("").ok());
  CHECK_FALSE(read_observation("{\"schema_version\":1,\"comm").ok());
  CHECK_FALSE(read_observation("{}").ok());
}

}  // namespace latimer::compare
