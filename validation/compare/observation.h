// What a way saw of one run: `latency -f json` (docs/schema.md), read back.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/ledger.h"
#include "core/model/result.h"
#include "validation/compare/truth.h"

namespace latimer::compare {

// Of one call; the rows of a report --by something are added up as far as they are counts. Times in ns.
struct SeenCall {
  CallCounts counts;
  std::uint64_t error_count = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t untimed = 0;
  std::uint64_t in_histogram = 0;  // what all its buckets hold
  struct Bucket {
    std::uint64_t lo_ns = 0, hi_ns = 0, count = 0;
  };
  std::vector<Bucket> histogram;  // upwards, those that hold something; one row's
  Count killed_inside, logical;   // nullopt: the way does not tell
  Count total_ns, min_ns, p50_ns, p90_ns, p99_ns, max_ns;
  double error_bound = 0;  // of the percentiles, relative; 0: there are none
  bool waiting = false;    // it waits by nature
};

struct Observation {
  std::string backend, mode;
  std::map<std::string, SeenCall, std::less<>> calls;  // by "abi:name"
  Ledger ledger;
  bool complete = false, balanced = false;  // as the report says
  std::uint64_t duration_ns = 0;
  std::vector<std::string> warnings;
};

[[nodiscard]] Result<Observation> read_observation(std::string_view report);

}  // namespace latimer::compare
