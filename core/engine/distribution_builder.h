// DistributionBuilder: the durations of one system call, together or told apart.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/engine/event_sink.h"
#include "core/engine/syscall_filter.h"
#include "core/model/distribution.h"
#include "core/stats/histogram.h"

namespace latimer {

enum class DistributionBy : std::uint8_t { all, thread, fd, path };
enum class DistributionScale : std::uint8_t { log2, linear, custom };

struct DistributionOptions {
  std::string call;      // as somebody called it
  SyscallFilter filter;  // which calls these are; others pass by, because they open what these are about
  DistributionBy by = DistributionBy::all;
  DistributionScale scale = DistributionScale::log2;
  std::vector<std::uint64_t>
      edges_ns;  // custom: rising; what is below the first and above the last has a bar, too
};

// Not thread-safe. Memory: kMostGroups histograms; when there are more, those with the fewest calls are put
// together.
class DistributionBuilder : public EventSink {
 public:
  static constexpr std::size_t kMostGroups = 2'000;

  explicit DistributionBuilder(DistributionOptions options) : options_(std::move(options)) {}

  void event(const SyscallEvent& event) override;
  // What is in no bar, or in that of the others, in words.
  [[nodiscard]] std::vector<std::string> limits() const;
  // Those with the most calls first, and the others last. `step_ns`: what the last digit of a duration stands
  // for.
  [[nodiscard]] std::vector<Distribution> finish(std::size_t most, std::uint64_t step_ns) const;

 private:
  struct Group {
    Histogram latency;
    std::vector<std::uint64_t> counts;  // custom
    std::uint64_t untimed = 0;
    [[nodiscard]] std::uint64_t calls() const { return latency.count() + untimed; }
  };
  Group& group_for(std::string name);
  void make_room();
  [[nodiscard]] std::string group_of(const SyscallEvent& event) const;
  [[nodiscard]] Distribution describe(const std::string& name, const Group& group,
                                      std::uint64_t step_ns) const;
  [[nodiscard]] std::vector<DistributionBar> bars_of(const Group& group) const;

  DistributionOptions options_;
  std::map<std::string, Group> groups_;
  Group others_;  // for which there was no room
  std::uint64_t unreturned_ = 0;
};

// Some 20 bars of equal width, a round number, from 0 to the longest.
[[nodiscard]] std::vector<DistributionBar> linear_bars(const Histogram& histogram);

}  // namespace latimer
