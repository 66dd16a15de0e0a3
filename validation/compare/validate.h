// The whole validation: every way on every workload, in random order, one tracer at a time; what it came to.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/model/result.h"
#include "validation/compare/judgement.h"
#include "validation/compare/latency.h"
#include "validation/compare/peers.h"
#include "validation/compare/scenarios.h"
#include "validation/compare/strace_reference.h"
#include "validation/measure/way.h"

namespace latimer::compare {

struct ValidateRequest {
  std::vector<Way> ways;                                      // at least one
  std::vector<std::pair<std::string, std::string>> left_out;  // ways that cannot be used here, and why
  std::vector<Scenario> scenarios;                            // of known truth, or one command
  bool has_truth = true;                                      // false: `-- CMD`
  unsigned runs = 1;                                          // of each way on each scenario, at least 1
  std::uint64_t seed = 1;                                     // of the order
  std::string ring_size =
      "256M";            // of ways that have a ring; room for the largest workload: the reader may starve
  std::string workload;  // latimer-workload, for what the tracers add by themselves
  std::chrono::milliseconds limit{120'000};  // of one run
  int interrupt_fd = -1;
  std::function<void(std::size_t done, std::size_t all, const std::string& what)> progress;  // may be empty
};

struct Cell {
  std::string scenario, way;
  bool has_truth = true;
  Verdict verdict = Verdict::skipped;  // the worst of its runs
  std::string skipped_because;
  unsigned runs = 0;
  unsigned repeated = 0;    // runs that lost something and were made again
  std::uint64_t calls = 0;  // completions that bear truth, of one run
  std::vector<Reason> reasons;
  std::vector<Complaint> complaints;
};

// Calls of the workload's C library, or of a command without truth.
struct Beside {
  std::string scenario;
  std::vector<PeerRow> rows;
};

struct ValidateResult {
  std::vector<std::string> scenarios, ways;  // in the order of the request
  std::vector<std::pair<std::string, std::string>> left_out;
  bool has_truth = true;
  unsigned runs = 0;
  std::uint64_t seed = 0;
  std::uint64_t wall_ns = 0;
  bool interrupted = false;
  std::string foreign;      // who else traces here, as far as can be seen; empty: nobody
  std::vector<Cell> cells;  // by scenario, then way
  std::vector<OwnCost> costs;
  std::vector<LatencyRow> latencies;
  std::vector<CallComparison> calls;  // against strace -T
  std::string no_strace;              // why nothing was compared with it
  std::vector<Beside> beside;

  // Nobody contradicts the truth, nor another way, nor itself, and something was compared.
  [[nodiscard]] bool agrees() const;
};

// Blocks; an error is one of this host's or the request's, never a way's: that is a cell's.
[[nodiscard]] Result<ValidateResult> validate(const ValidateRequest& request);

}  // namespace latimer::compare
