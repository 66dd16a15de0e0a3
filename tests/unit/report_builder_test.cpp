#include "core/engine/report_builder.h"

#include <catch2/catch.hpp>

#include "core/engine/verdict.h"

using namespace latimer;

namespace {

constexpr int kRead = 0;
constexpr int kFutex = 202;
constexpr int kGetppid = 110;

struct Fixture {
  BackendDescriptor backend;
  CaptureRequest request;
  ReportContext context;
  Capture capture;

  Fixture() {
    backend.name = "ebpf";
    backend.can_aggregate = true;
    context.command = "latency";
    context.backend = &backend;
    context.request = &request;
    capture.observed_ns = capture.snapshot.observed_ns = 1'000'000'000;
  }
  SyscallStats& stats(int number) { return capture.snapshot.stats[SyscallKey{Abi::x86_64, number, {}}]; }
  Report build() const { return build_report(context, capture); }
};

SyscallRow row_with(bool waiting, int number, std::uint64_t total) {
  SyscallRow row;
  row.number = number;
  row.waiting = waiting;
  row.total_ns = total;
  return row;
}

}  // namespace

TEST_CASE("rows carry names, classes and figures, sorted by total time") {
  Fixture f;
  for (int i = 0; i < 10; ++i) f.stats(kGetppid).latency.record(100);
  f.stats(kRead).latency.record(50'000);
  f.stats(kRead).errors[11] = 1;
  f.stats(kFutex).latency.record(20'000);
  const Report report = f.build();
  REQUIRE(report.syscalls.size() == 3);
  CHECK(report.syscalls[0].name == "read");
  CHECK(report.syscalls[0].latency_class == LatencyClass::medium);
  CHECK(report.syscalls[0].errors.at(0).name == "EAGAIN");
  CHECK(report.syscalls[1].name == "futex");
  CHECK(report.syscalls[1].waiting);
  CHECK(report.syscalls[1].latency_class == LatencyClass::blocking);
  CHECK(report.syscalls[2].name == "getppid");
  CHECK(report.syscalls[2].avg_ns == 100);
  CHECK(report.syscalls[2].latency_class == LatencyClass::fast);
  CHECK(report.syscalls[2].error_bound == Approx(1.0 / 32));
}

TEST_CASE("top hides rows and says how many") {
  Fixture f;
  f.stats(kGetppid).latency.record(100);
  f.stats(kRead).latency.record(50'000);
  f.context.top = 1;
  const Report report = f.build();
  CHECK(report.syscalls.size() == 1);
  CHECK(report.rows_hidden == 1);
}

TEST_CASE("every sort key sorts") {
  Fixture f;
  for (int i = 0; i < 10; ++i) f.stats(kGetppid).latency.record(100);
  f.stats(kRead).latency.record(50'000);
  const auto first = [&f](SortKey key) {
    f.context.sort = key;
    return f.build().syscalls.at(0).name;
  };
  CHECK(first(SortKey::count) == "getppid");
  CHECK(first(SortKey::total) == "read");
  CHECK(first(SortKey::avg) == "read");
  CHECK(first(SortKey::name) == "getppid");
  CHECK_FALSE(parse_sort_key("speed"));
  CHECK(parse_sort_key("p99") == SortKey::p99);
}

TEST_CASE("without durations nothing is invented") {
  Fixture f;
  f.stats(kRead).untimed = 7;
  f.request.timing = false;
  const Report report = f.build();
  CHECK(report.syscalls.at(0).count == 7);
  CHECK_FALSE(report.syscalls.at(0).avg_ns);
  CHECK_FALSE(report.syscalls.at(0).error_bound);
  CHECK(report.syscalls.at(0).latency_class == LatencyClass::unknown);
  CHECK_FALSE(report.verdict);
}

TEST_CASE("a call that never returned during the capture has a row of its own") {
  Fixture f;
  InFlight hung;
  hung.key.number = kRead;
  hung.age_ns = 5;
  hung.at_least = true;
  f.capture.snapshot.in_flight = {hung};
  const Report report = f.build();
  REQUIRE(report.syscalls.size() == 1);
  CHECK(report.syscalls[0].count == 0);
  CHECK(report.syscalls[0].in_flight == 1);
  REQUIRE(report.in_flight.size() == 1);
  CHECK(report.in_flight[0].at_least);
}

TEST_CASE("loss or a failed source makes a report incomplete") {
  Fixture f;
  CHECK(f.build().complete);
  f.capture.source.ledger.add_loss(LossReason::ring_full, 1);
  CHECK_FALSE(f.build().complete);
  REQUIRE(f.build().warnings.size() == 1);
  CHECK(f.build().warnings[0].find("--ring-size") != std::string::npos);
  f.capture.source.ledger = {};
  f.capture.end = EndReason::failed;
  CHECK_FALSE(f.build().complete);
}

TEST_CASE("what io_uring does out of sight is mentioned when it was used") {
  constexpr int kIoUringEnter = 426;
  Fixture f;
  f.stats(kRead).latency.record(100);
  CHECK(f.build().warnings.empty());
  f.stats(kIoUringEnter).latency.record(100);
  f.stats(kIoUringEnter).latency.record(100);
  CHECK(f.build().warnings.size() == 1);
}

TEST_CASE("a signal's exit status is told as a shell tells it") {
  Fixture f;
  f.capture.command_status = ExitStatus{true, false, 9};
  CHECK(f.build().exit_status == 137);
}

TEST_CASE("verdicts follow their rules") {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  const auto kind = [](std::vector<SyscallRow> rows, std::optional<TargetCpu> cpu) {
    return judge(rows, {}, cpu, kSecond, false).kind;
  };
  CHECK(kind({row_with(true, kFutex, kSecond)}, TargetCpu{kSecond / 10, 0}) == "waiting");
  CHECK(kind({row_with(false, kRead, kSecond / 4)}, TargetCpu{kSecond / 2, 0}) == "cpu-bound");
  CHECK(kind({row_with(false, kGetppid, kSecond / 2)}, TargetCpu{kSecond / 4, kSecond / 2}) ==
        "syscall-bound");
  CHECK(kind({row_with(false, kRead, kSecond * 3 / 4)}, TargetCpu{kSecond / 10, kSecond / 10}) == "io-bound");
  CHECK(kind({row_with(false, kRead, kSecond / 4)}, std::nullopt) == "unclear");
  // Stopped by Ctrl-Z for most of the time: its little CPU time says nothing.
  CHECK(kind({row_with(false, kRead, kSecond / 100)}, TargetCpu{kSecond / 50, 0}) == "unclear");
}

TEST_CASE("a process that sleeps in one call all the while is waiting, not idle") {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  InFlightCall call;
  call.number = kFutex;
  call.waiting = true;
  call.age_ns = 5 * kSecond;  // entered long before the capture
  const Verdict verdict = judge({}, {call}, TargetCpu{}, kSecond, false);
  CHECK(verdict.kind == "waiting");
  CHECK(verdict.waiting_ns == kSecond);
}

TEST_CASE("a run that a tracer slowed down is not called idle, nor its calls slow") {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  const auto kind = [](int number) {
    return judge({row_with(false, number, kSecond / 4)}, {}, TargetCpu{kSecond / 50, kSecond / 10}, kSecond,
                 true)
        .kind;
  };
  CHECK(kind(kRead) == "io-bound");
  CHECK(kind(kGetppid) == "syscall-bound");
}
