#include "core/stats/comparison.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "core/model/syscall_class.h"
#include "core/model/syscall_table.h"
#include "core/stats/call_interval.h"
#include "core/stats/run_figures.h"

namespace latimer {
namespace {

struct CallId {
  Abi abi = Abi::x86_64;
  std::string name;
  std::int32_t number = -1;  // on the side that was seen first

  bool operator<(const CallId& other) const { return std::tie(abi, name) < std::tie(other.abi, other.name); }
};

using ByCall = std::map<CallId, SyscallStats>;

ByCall by_call(const Snapshot& snapshot, const ComparedRun& run) {
  ByCall result;
  for (const auto& [key, stats] : snapshot.stats) {
    if (stats.count() == 0) continue;
    const auto named = run.call_names.find(key.number);
    CallId id{key.abi, named == run.call_names.end() ? syscall_name(key.abi, key.number) : named->second,
              key.number};
    const auto [place, is_new] = result.try_emplace(std::move(id), stats);
    if (!is_new) place->second.merge(stats);
  }
  return result;
}

std::optional<SyscallStats> all_of(const ByCall& calls) {
  std::optional<SyscallStats> all;
  for (const auto& [id, stats] : calls) {
    if (all) {
      all->merge(stats);
    } else {
      all = stats;
    }
  }
  return all;
}

struct Run {
  RunInfo info;
  ByCall calls;
  std::vector<ByCall> slices;
};

RunFigures figures_of(const Run& run, const CallId& id) {
  const auto found = run.calls.find(id);
  RunFigures figures{run.info, found == run.calls.end() ? nullptr : &found->second, {}};
  for (const ByCall& slice : run.slices) {
    const auto part = slice.find(id);
    if (part != slice.end()) figures.slices.push_back(part->second.latency);
  }
  return figures;
}

struct Side {
  std::vector<Run> runs;

  [[nodiscard]] std::vector<RunFigures> figures(const CallId& id) const {
    std::vector<RunFigures> result;
    for (const Run& run : runs) result.push_back(figures_of(run, id));
    return result;
  }
};

Side side_of(const std::vector<ComparedRun>& runs, bool take_cost_off) {
  Side side;
  for (const ComparedRun& run : runs) {
    Run made;
    made.info = {run.observed_ns, take_cost_off ? run.own_cost_ns.value_or(0) : 0, run.duration_step_ns};
    made.calls = by_call(run.snapshot, run);
    for (const Snapshot& slice : run.slices) made.slices.push_back(by_call(slice, run));
    side.runs.push_back(std::move(made));
  }
  return side;
}

// All calls of a run as one.
const CallId kAllCalls{Abi::x86_64, "total", -1};

Side merged(const Side& side) {
  Side result;
  for (const Run& run : side.runs) {
    Run all;
    all.info = run.info;
    if (auto stats = all_of(run.calls)) all.calls.emplace(kAllCalls, std::move(*stats));
    for (const ByCall& slice : run.slices) {
      ByCall part;
      if (auto stats = all_of(slice)) part.emplace(kAllCalls, std::move(*stats));
      all.slices.push_back(std::move(part));
    }
    result.runs.push_back(std::move(all));
  }
  return result;
}

Presence presence_of(const std::vector<RunFigures>& a, const std::vector<RunFigures>& b) {
  const auto made = [](const RunFigures& run) { return run.stats != nullptr; };
  const bool in_a = std::any_of(a.begin(), a.end(), made), in_b = std::any_of(b.begin(), b.end(), made);
  if (in_a == in_b) return Presence::both;  // of all calls together there may be none on either side
  return in_a ? Presence::gone : Presence::is_new;
}

ComparedCall compare_call(const CallId& id, const Side& a, const Side& b, const CompareOptions& options) {
  const std::vector<RunFigures> in_a = a.figures(id), in_b = b.figures(id);
  ComparedCall call;
  call.abi = id.abi;
  call.name = id.name;
  call.waiting = is_waiting_call(id.abi, id.number);
  call.presence = presence_of(in_a, in_b);
  for (const Metric metric : kAllMetrics)
    call.changes[static_cast<std::size_t>(metric)] = compare_metric(metric, in_a, in_b, options);
  call.counts = judge_count(call[Metric::count], options.count_margin);
  call.errors = judge_count(call[Metric::errors], options.count_margin);
  call.latency = call[Metric::p50].verdict;
  return call;
}

Change observed_change(const Side& a, const Side& b, const BootstrapOptions& options) {
  const auto times = [](const Side& side) {
    std::vector<double> values;
    for (const Run& run : side.runs) {
      if (run.info.observed_ns) values.push_back(static_cast<double>(*run.info.observed_ns));
    }
    return values;
  };
  return change_of_runs(times(a), times(b), options);
}

std::optional<double> size_of(const Change& change) {
  if (!change.a || !change.b) return std::nullopt;
  return std::abs(*change.b - *change.a);
}

// Ties go by calls, then by name, so that the order is the same every time.
bool changed_more(const ComparedCall& a, const ComparedCall& b) {
  const auto key = [](const ComparedCall& call) {
    return std::pair(size_of(call[Metric::total]).value_or(-1), size_of(call[Metric::count]).value_or(-1));
  };
  const auto of_a = key(a), of_b = key(b);
  return of_a != of_b ? of_a > of_b : std::tie(a.name, a.abi) < std::tie(b.name, b.abi);
}

bool all_know_cost(const std::vector<ComparedRun>& runs) {
  return !runs.empty() && std::all_of(runs.begin(), runs.end(),
                                      [](const ComparedRun& run) { return run.own_cost_ns.has_value(); });
}

}  // namespace

std::string_view to_string(Presence presence) {
  constexpr std::array<std::string_view, 3> kNames = {"both", "new", "gone"};
  return kNames[static_cast<std::size_t>(presence)];
}

Comparison compare(const std::vector<ComparedRun>& a, const std::vector<ComparedRun>& b,
                   const CompareOptions& options) {
  Comparison result;
  result.runs_a = a.size();
  result.runs_b = b.size();
  result.by_run = a.size() > 1 || b.size() > 1;
  const auto watched = [](const ComparedRun& run) { return run.watched_all; };
  result.watched_all = std::all_of(a.begin(), a.end(), watched) && std::all_of(b.begin(), b.end(), watched);
  result.cost_taken_off = all_know_cost(a) && all_know_cost(b);
  const Side of_a = side_of(a, result.cost_taken_off), of_b = side_of(b, result.cost_taken_off);
  result.observed = observed_change(of_a, of_b, options.bootstrap);
  result.total = compare_call(kAllCalls, merged(of_a), merged(of_b), options);
  std::set<CallId> ids;
  for (const Side* side : {&of_a, &of_b}) {
    for (const Run& run : side->runs) {
      for (const auto& [id, stats] : run.calls) ids.insert(id);
    }
  }
  for (const CallId& id : ids) result.calls.push_back(compare_call(id, of_a, of_b, options));
  std::sort(result.calls.begin(), result.calls.end(), changed_more);
  return result;
}

Comparison compare(const ComparedRun& a, const ComparedRun& b, const CompareOptions& options) {
  return compare(std::vector<ComparedRun>{a}, std::vector<ComparedRun>{b}, options);
}

}  // namespace latimer
