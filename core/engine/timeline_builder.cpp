#include "core/engine/timeline_builder.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <string>

namespace latimer {
namespace {

// Pairs of neighbours become one.
template <typename Value, typename Add>
void halve(std::vector<Value>& values, Add add) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i % 2 == 0) {
      values[i / 2] = values[i];
    } else {
      add(values[i / 2], values[i]);
    }
  }
  values.resize((values.size() + 1) / 2);
}

void add_slice(TimeSlice& to, const TimeSlice& from) {
  to.calls += from.calls;
  to.errors += from.errors;
  for (std::size_t i = 0; i < to.work_ns.size(); ++i) to.work_ns[i] += from.work_ns[i];
  for (std::size_t i = 0; i < to.latency.size(); ++i) to.latency[i] += from.latency[i];
}

void add_number(std::uint64_t& to, std::uint64_t from) { to += from; }

// 0: below 256 ns; then a row for each doubling; the last is open.
std::size_t heat_row(std::uint64_t ns) {
  const auto width = static_cast<std::size_t>(std::bit_width(ns >> 8));
  return std::min(width, kHeatRows - 1);
}

std::uint64_t sum_of(const std::vector<std::uint64_t>& values) {
  return std::accumulate(values.begin(), values.end(), std::uint64_t{0});
}

void add_at(std::vector<std::uint64_t>& values, std::size_t index, std::uint64_t value) {
  if (values.size() <= index) values.resize(index + 1);
  values[index] += value;
}

}  // namespace

void TimelineBuilder::widen() {
  slice_ns_ *= 2;
  halve(slices_, add_slice);
  for (auto& [tid, thread] : threads_) {
    halve(thread.working_ns, add_number);
    halve(thread.waiting_ns, add_number);
  }
}

// An earlier beginning than what has been seen: whole slices are put in front.
void TimelineBuilder::shift(std::int64_t time_ns) {
  while (true) {
    const auto before = static_cast<std::uint64_t>(*start_ns_ - time_ns);
    const std::uint64_t slices = (before + slice_ns_ - 1) / slice_ns_;
    if (slices + slices_.size() <= kMostSlices) {
      const auto count = static_cast<std::ptrdiff_t>(slices);
      slices_.insert(slices_.begin(), slices, TimeSlice{});
      for (auto& [tid, thread] : threads_) {
        thread.working_ns.insert(thread.working_ns.begin(), static_cast<std::size_t>(count), 0);
        thread.waiting_ns.insert(thread.waiting_ns.begin(), static_cast<std::size_t>(count), 0);
      }
      *start_ns_ -= static_cast<std::int64_t>(slices * slice_ns_);
      return;
    }
    widen();
  }
}

std::size_t TimelineBuilder::slice_at(std::int64_t time_ns) {
  if (!start_ns_) start_ns_ = time_ns;
  if (time_ns < *start_ns_) shift(time_ns);
  std::uint64_t index = static_cast<std::uint64_t>(time_ns - *start_ns_) / slice_ns_;
  while (index >= kMostSlices) {
    widen();
    index = static_cast<std::uint64_t>(time_ns - *start_ns_) / slice_ns_;
  }
  if (slices_.size() <= index) slices_.resize(index + 1);
  return index;
}

void TimelineBuilder::add(const SyscallEvent& event, const CallFigures& call) {
  if (!event.start_ns) return;
  const std::size_t index = slice_at(*event.start_ns);
  TimeSlice& slice = slices_[index];
  ++slice.calls;
  slice.errors += call.failed ? 1 : 0;
  if (!call.timed) return;
  slice.work_ns[static_cast<std::size_t>(call.work)] += call.ns;
  ++slice.latency[heat_row(call.ns)];
  if (event.tid != latest_tid_ || latest_ == nullptr) {
    const auto known = threads_.find(event.tid);
    if (known != threads_.end()) {
      latest_ = &known->second;
    } else {
      latest_ = threads_.size() < kMostThreads ? &threads_[event.tid] : nullptr;
    }
    latest_tid_ = event.tid;
  }
  if (latest_ == nullptr) {
    ++calls_left_out_;
    return;
  }
  latest_->pid = event.tgid.value_or(event.tid);
  latest_->comm = event.comm;
  add_at(call.waits ? latest_->waiting_ns : latest_->working_ns, index, call.ns);
}

std::optional<Timeline> TimelineBuilder::finish(std::size_t most_threads) const {
  if (!start_ns_) return std::nullopt;
  Timeline timeline;
  timeline.start_ns = *start_ns_;
  timeline.slice_ns = slice_ns_;
  timeline.slices = slices_;
  for (const auto& [tid, thread] : threads_) {
    ThreadTimeline row{thread.pid, tid, std::string(thread.comm.data()), thread.working_ns,
                       thread.waiting_ns};
    row.working_ns.resize(slices_.size());
    row.waiting_ns.resize(slices_.size());
    timeline.threads.push_back(std::move(row));
  }
  std::sort(timeline.threads.begin(), timeline.threads.end(),
            [](const ThreadTimeline& a, const ThreadTimeline& b) {
              const auto key = [](const ThreadTimeline& thread) {
                return std::pair(sum_of(thread.working_ns), sum_of(thread.waiting_ns));
              };
              return key(a) != key(b) ? key(a) > key(b) : a.tid < b.tid;
            });
  if (timeline.threads.size() > most_threads) timeline.threads.resize(most_threads);
  return timeline;
}

}  // namespace latimer
