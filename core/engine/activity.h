// ActivityBuilder: some calls added up to an Activity.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "core/engine/work_kind.h"
#include "core/model/analysis.h"
#include "core/model/syscall_event.h"
#include "core/stats/histogram.h"

namespace latimer {

// What an event comes to, worked out once for all the sums that it belongs to.
struct CallFigures {
  bool timed = false, failed = false, waits = false;
  std::uint64_t ns = 0;
  std::uint64_t bytes = 0;
  DataWay way = DataWay::none;
  Work work = Work::other;
};

// Memory: up to some 500 bytes for the durations.
class ActivityBuilder {
 public:
  void add(const CallFigures& call) {
    Activity& sum = sum_;
    ++sum.count;
    sum.errors += call.failed ? 1 : 0;
    if (call.timed) {
      latency_.record(call.ns);
      grow(sum.total_ns, call.ns);
      if (call.waits) grow(sum.waiting_ns, call.ns);
      sum.max_ns = std::max(sum.max_ns, call.ns);
    }
    if (call.bytes == 0) return;
    if (call.way == DataWay::in) {
      ++sum.reads;
      grow(sum.read_bytes, call.bytes);
    } else {
      ++sum.writes;
      grow(sum.written_bytes, call.bytes);
    }
  }
  void merge(const ActivityBuilder& other) {
    sum_.count += other.sum_.count;
    sum_.errors += other.sum_.errors;
    grow(sum_.total_ns, other.sum_.total_ns);
    grow(sum_.waiting_ns, other.sum_.waiting_ns);
    sum_.max_ns = std::max(sum_.max_ns, other.sum_.max_ns);
    sum_.reads += other.sum_.reads;
    sum_.writes += other.sum_.writes;
    grow(sum_.read_bytes, other.sum_.read_bytes);
    grow(sum_.written_bytes, other.sum_.written_bytes);
    latency_.merge(other.latency_);
  }
  [[nodiscard]] const Activity& sum() const { return sum_; }
  [[nodiscard]] Activity finish() const {
    Activity result = sum_;
    result.p50_ns = latency_.quantile(0.5);
    result.p95_ns = latency_.quantile(0.95);
    result.p99_ns = latency_.quantile(0.99);
    return result;
  }

 private:
  // Stops at the largest number instead of wrapping, as Histogram does.
  static void grow(std::uint64_t& sum, std::uint64_t by) {
    if (__builtin_add_overflow(sum, by, &sum)) sum = std::numeric_limits<std::uint64_t>::max();
  }

  Activity sum_;
  Histogram latency_{LAT_SUB_BITS_COARSE};
};

}  // namespace latimer
