// A Report with something in every section, for the tests of the exporters.
#pragma once

#include "core/model/report.h"
#include "core/stats/histogram.h"

namespace latimer::test {

inline SyscallRow sample_row(const char* name, int number, bool waiting, std::uint64_t base_ns, int calls) {
  SyscallRow row;
  row.name = name;
  row.number = number;
  row.waiting = waiting;
  Histogram histogram;
  for (int i = 0; i < calls; ++i) histogram.record(base_ns + static_cast<std::uint64_t>(i) * base_ns / 8);
  row.count = histogram.count();
  row.logical_count = row.count;
  row.killed_inside = 0;
  row.total_ns = histogram.sum();
  row.min_ns = histogram.min();
  row.max_ns = histogram.max();
  row.avg_ns = histogram.sum() / histogram.count();
  row.p50_ns = histogram.quantile(0.5);
  row.p90_ns = histogram.quantile(0.9);
  row.p95_ns = histogram.quantile(0.95);
  row.p99_ns = histogram.quantile(0.99);
  row.p999_ns = histogram.quantile(0.999);
  row.error_bound = histogram.error_bound();
  row.latency_class = waiting ? LatencyClass::blocking : LatencyClass::fast;
  for (const Bar& bar : bucket_view(histogram)) row.histogram.push_back({bar.lo_ns, bar.hi_ns, bar.count});
  for (const Bar& bar : log2_view(histogram)) row.log2.push_back({bar.lo_ns, bar.hi_ns, bar.count});
  return row;
}

inline Ledger balanced_ledger(std::uint64_t completed) {
  Ledger ledger;
  ledger.enters = completed + 3;
  ledger.exits = completed + 1;
  ledger.completed = completed;
  ledger.in_flight = 1;
  ledger.no_return = 2;
  ledger.child_returns = 1;
  ledger.refused = 0;
  ledger.began_before_attach = 0;
  ledger.lost_enters = 0;
  ledger.lost_exits = 0;
  ledger.lost[0] = 0;
  return ledger;
}

inline Report sample_report() {
  Report report;
  report.command = "latency";
  report.backend = "ebpf";
  report.mode = "aggregate";
  report.target.kind = "command";
  report.target.argv = {"find", "/usr/include", "-name", "*.h"};
  report.target.follow = true;
  report.environment = {"0.1.0", "6.18.44", "x86_64", "host", 2, "", {}};
  report.duration_ns = 1'234'567'890;
  report.exit_status = 0;
  report.end_reason = "target exited";
  report.syscalls.push_back(sample_row("openat", 257, false, 1'500, 2000));
  report.syscalls.back().errors = {{"ENOENT", 1234}, {"EACCES", 3}};
  report.syscalls.back().error_count = 1237;
  report.syscalls.push_back(sample_row("read", 0, false, 300, 60));
  report.syscalls.push_back(sample_row("set_mempolicy_home_node", 450, false, 90, 1));
  report.syscalls.push_back(sample_row("clock_nanosleep", 230, true, 1'000'000, 9));
  report.syscalls.back().logical_count = 8;
  report.syscalls.back().killed_inside = 1;
  report.in_flight.push_back({Abi::x86_64, 202, "futex", true, 100, 101, "worker", 5'000'000'000, true});
  report.verdict = Verdict{"io-bound", "io-bound: it slept in I/O calls (figures)", 1, 2, 3, 4, 5, 6};
  report.overhead.ns_per_call = 140.4;
  report.overhead.share = 0.0123;
  report.overhead.kernel_bytes = 1 << 20;
  report.warnings = {"io_uring was used: its I/O is not in these numbers"};
  report.ledger = balanced_ledger(2070);
  return report;
}

}  // namespace latimer::test
