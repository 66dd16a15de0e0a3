// TimelineBuilder: calls by when they began, in slices whose length grows with the trace.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "core/engine/activity.h"
#include "core/model/analysis.h"

namespace latimer {

// Not thread-safe. Events need not come in order. Memory: bounded.
class TimelineBuilder {
 public:
  static constexpr std::size_t kMostSlices = 240;
  static constexpr std::size_t kMostThreads = 500;  // later ones are in the slices only

  void add(const SyscallEvent& event, const CallFigures& call);
  // `most_threads`: those with the most time.
  [[nodiscard]] std::optional<Timeline> finish(std::size_t most_threads) const;
  [[nodiscard]] std::uint64_t calls_left_out() const { return calls_left_out_; }  // of later threads

 private:
  struct Thread {
    std::int32_t pid = 0;
    std::array<char, 16> comm{};
    std::vector<std::uint64_t> working_ns, waiting_ns;
  };
  [[nodiscard]] std::size_t slice_at(std::int64_t time_ns);
  void widen();
  void shift(std::int64_t time_ns);

  std::optional<std::int64_t> start_ns_;
  std::uint64_t slice_ns_ = 1'000'000;
  std::vector<TimeSlice> slices_;
  std::unordered_map<std::int32_t, Thread> threads_;
  std::int32_t latest_tid_ = -1;
  Thread* latest_ = nullptr;
  std::uint64_t calls_left_out_ = 0;
};

}  // namespace latimer
