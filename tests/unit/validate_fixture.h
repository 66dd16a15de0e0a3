// Truths and observations, made by hand.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "validation/compare/observation.h"
#include "validation/compare/truth.h"
#include "validation/measure/way.h"

namespace latimer::compare {

inline Way way_of(const std::string& name) { return {name, name.substr(0, name.find('-')), {}, false, true}; }

// 100 getppid, 10 open of which 4 failed.
inline Truth small_truth() {
  Truth truth;
  truth.scenario = "small";
  truth.calls["x86_64:getppid"] = {100, {}};
  truth.calls["x86_64:open"] = {10, {{"ENOENT", 4}}};
  return truth;
}

inline SeenCall seen_call(std::uint64_t count, CountsByName errors = {}, std::uint64_t each_ns = 1000) {
  SeenCall call;
  call.counts = {count, std::move(errors)};
  for (const auto& [error, times] : call.counts.errors) call.error_count += times;
  call.in_histogram = count;
  call.total_ns = count * each_ns;
  call.min_ns = call.p50_ns = call.p90_ns = call.p99_ns = call.max_ns = each_ns;
  call.error_bound = 0.03;
  call.histogram = {{each_ns, each_ns, count}};
  return call;
}

// With a ledger that goes with the rows.
inline Observation seen_of(std::map<std::string, SeenCall, std::less<>> calls) {
  Observation seen;
  seen.calls = std::move(calls);
  std::uint64_t completed = 0, in_calls = 0;
  for (const auto& [name, call] : seen.calls) {
    completed += call.counts.count;
    in_calls += call.total_ns.value_or(0);
  }
  seen.ledger.enters = seen.ledger.exits = seen.ledger.completed = completed;
  seen.ledger.in_flight = seen.ledger.no_return = seen.ledger.lost_exits = seen.ledger.lost_enters = 0;
  seen.ledger.child_returns = seen.ledger.refused = seen.ledger.began_before_attach = 0;
  seen.complete = seen.balanced = true;
  seen.duration_ns = in_calls + 1'000'000;
  return seen;
}

inline Observation small_observation() {
  return seen_of({{"x86_64:getppid", seen_call(100)}, {"x86_64:open", seen_call(10, {{"ENOENT", 4}})}});
}

}  // namespace latimer::compare
