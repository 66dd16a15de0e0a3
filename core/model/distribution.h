// Distribution: how long the calls of one kind took, as a histogram asks for it. Plain data, part of a
// Report.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace latimer {

// From lo_ns on, below hi_ns; nullopt: open.
struct DistributionBar {
  std::uint64_t lo_ns = 0;
  std::optional<std::uint64_t> hi_ns;
  std::uint64_t count = 0;
};

// One hump of several.
struct DistributionMode {
  double share = 0;
  std::uint64_t p50_ns = 0;
};

struct Distribution {
  std::string call;
  std::string group;  // "thread 1234 redis-server", "fd 5", a path; raw bytes; empty: all calls
  std::uint64_t count = 0, untimed = 0;
  std::uint64_t total_ns = 0;
  std::optional<std::uint64_t> min_ns, p50_ns, p90_ns, p95_ns, p99_ns, p999_ns, max_ns;
  bool bars_exact = true;  // false: calls near an edge may stand beside it, by 3.1 % of their duration
  std::vector<DistributionBar> bars;
  std::vector<DistributionMode> modes;  // two or more; empty: one, or too few calls to tell
};

}  // namespace latimer
