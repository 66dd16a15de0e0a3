// Runs whose calls are known, for tests of comparing them.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

#include "core/model/syscall_table.h"
#include "core/stats/comparison.h"

namespace latimer {

inline SyscallKey key_of(std::string_view call, Abi abi = Abi::x86_64) {
  return SyscallKey{abi, syscall_number(abi, call).value_or(-1), {}};
}

inline void add_calls(Snapshot& snapshot, std::string_view call, const std::vector<std::uint64_t>& ns) {
  SyscallStats& stats = snapshot.stats[key_of(call)];
  for (const std::uint64_t value : ns) stats.latency.record(value);
}

inline ComparedRun run_of(std::string_view call, const std::vector<std::uint64_t>& ns) {
  ComparedRun run;
  run.observed_ns = 1'000'000'000;
  add_calls(run.snapshot, call, ns);
  return run;
}

inline std::vector<std::uint64_t> times(std::size_t count, std::uint64_t ns) {
  return std::vector<std::uint64_t>(count, ns);
}

// Log-normal durations whose logarithms are an autoregressive series.
struct Source {
  double median_ns = 20'000;
  double sigma = 0.5;
  double correlation = 0.8;  // of neighbours' logarithms
  std::size_t calls = 5000;
};

inline std::vector<std::uint64_t> draw(const Source& source, double factor, std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  const double fresh = std::sqrt(1 - source.correlation * source.correlation);
  double state = normal(random);
  std::vector<std::uint64_t> ns;
  ns.reserve(source.calls);
  for (std::size_t i = 0; i < source.calls; ++i) {
    ns.push_back(
        static_cast<std::uint64_t>(std::lround(source.median_ns * factor * std::exp(source.sigma * state))));
    state = source.correlation * state + fresh * normal(random);
  }
  return ns;
}

// `drift`: deviation of the logarithm of what a whole run is slower or faster by.
inline ComparedRun drawn_run(const Source& source, double factor, double drift, std::mt19937_64& random) {
  const double of_run = std::exp(drift * std::normal_distribution<double>()(random));
  return run_of("read", draw(source, factor * of_run, random));
}

inline std::vector<ComparedRun> drawn_runs(const Source& source, std::size_t count, double factor,
                                           double drift, std::mt19937_64& random) {
  std::vector<ComparedRun> runs;
  for (std::size_t i = 0; i < count; ++i) runs.push_back(drawn_run(source, factor, drift, random));
  return runs;
}

}  // namespace latimer
