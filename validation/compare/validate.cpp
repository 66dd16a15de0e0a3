#include "validation/compare/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <random>

#include "core/model/text_escape.h"
#include "core/sys/fd_util.h"
#include "core/sys/tracepoint_programs.h"
#include "validation/compare/watched_run.h"
#include "validation/compare/way_traits.h"
#include "validation/measure/same_addresses.h"

namespace latimer::compare {
namespace {

// A run that has lost something is made again: what was lost cannot be judged. Not without end.
constexpr unsigned kMostAttempts = 10;

bool is_readable(int fd) {
  return fd >= 0 && wait_readable(fd, std::chrono::steady_clock::time_point::min());
}

struct Kept {
  std::string way;
  Truth truth;
  Observation seen;
};

class Validation {
 public:
  explicit Validation(const ValidateRequest& request) : request_(request) {}
  Result<ValidateResult> run();

 private:
  void make_cells();
  void note_foreign_tracers();
  void make_runs();
  void one_run(std::size_t scenario, std::size_t way);
  void note(Cell& cell, WatchedRun&& run);
  void against_each_other();
  void against_strace();
  void measure_costs();
  [[nodiscard]] const CallTable& library_of(std::size_t way) { return library_[request_.ways[way].name]; }
  void count_library();
  void progress(const std::string& what) {
    if (request_.progress) request_.progress(done_, all_, what);
  }
  [[nodiscard]] Cell& cell(std::size_t scenario, std::size_t way) {
    return result_.cells[scenario * request_.ways.size() + way];
  }

  const ValidateRequest& request_;
  ValidateResult result_;
  std::map<std::string, std::vector<Kept>> kept_;  // by scenario
  std::map<std::string, CallTable> library_;       // by way; of those that need it
  std::size_t done_ = 0, all_ = 0;
};

void Validation::make_cells() {
  for (const Scenario& scenario : request_.scenarios) {
    result_.scenarios.push_back(scenario.name);
    for (const Way& way : request_.ways) {
      Cell cell;
      cell.scenario = scenario.name;
      cell.way = way.name;
      cell.has_truth = scenario.has_truth;
      result_.cells.push_back(std::move(cell));
    }
  }
  for (const Way& way : request_.ways) result_.ways.push_back(way.name);
}

// Ours are gone between two runs; whoever is on the tracepoints then is somebody else's.
void Validation::note_foreign_tracers() {
  for (const TracepointProgram& program : programs_on_raw_syscalls().found) {
    const std::string who = fmt::format("{} (process {})", escape_bytes(program.process), program.pid);
    if (result_.foreign.find(who) != std::string::npos) continue;
    result_.foreign += (result_.foreign.empty() ? "" : ", ") + who;
  }
}

void Validation::count_library() {
  for (const Way& way : request_.ways) {
    if (request_.has_truth && way.backend == "perftrace")
      library_[way.name] = library_calls(way, request_.workload, request_.interrupt_fd);
  }
}

// Everything that is to be run, shuffled as a whole: what changes on the host meanwhile falls on nobody in
// particular.
void Validation::make_runs() {
  std::vector<std::pair<std::size_t, std::size_t>> order;
  for (unsigned run = 0; run < request_.runs; ++run) {
    for (std::size_t scenario = 0; scenario < request_.scenarios.size(); ++scenario) {
      for (std::size_t way = 0; way < request_.ways.size(); ++way) order.emplace_back(scenario, way);
    }
  }
  std::mt19937_64 random(request_.seed);
  for (std::size_t i = 0; i + 1 < order.size(); ++i)
    std::swap(order[i], order[i + random() % (order.size() - i)]);
  all_ = order.size();
  for (const auto& [scenario, way] : order) {
    one_run(scenario, way);
    if (result_.interrupted) return;
    ++done_;
  }
}

void Validation::one_run(std::size_t scenario, std::size_t way) {
  Cell& its = cell(scenario, way);
  progress(fmt::format("{} by {}", its.scenario, its.way));
  WatchRequest request{request_.scenarios[scenario], request_.ways[way], library_of(way),
                       request_.ring_size,           request_.limit,     request_.interrupt_fd};
  for (unsigned attempt = 1;; ++attempt) {
    WatchedRun run = watch(request);
    if (run.interrupted) {
      result_.interrupted = true;
      return;
    }
    if (run.judgement.verdict == Verdict::lost && attempt < kMostAttempts) {
      ++its.repeated;
      continue;
    }
    return note(its, std::move(run));
  }
}

void Validation::note(Cell& its, WatchedRun&& run) {
  ++its.runs;
  its.verdict = std::max(its.verdict, run.judgement.verdict);
  if (run.judgement.verdict == Verdict::skipped) its.skipped_because = run.skipped_because;
  if (!run.seen) {
    if (run.judgement.verdict == Verdict::fail) note_foreign_tracers();
    its.complaints.insert(its.complaints.end(), run.judgement.complaints.begin(),
                          run.judgement.complaints.end());
    return;
  }
  if (run.judgement.verdict == Verdict::fail) note_foreign_tracers();
  if (its.reasons.size() < run.judgement.reasons.size()) its.reasons = run.judgement.reasons;
  its.calls = 0;
  for (const auto& [call, made] : run.truth.calls) its.calls += made.count;
  its.complaints.insert(its.complaints.end(), run.judgement.complaints.begin(),
                        run.judgement.complaints.end());
  kept_[its.scenario].push_back({its.way, std::move(run.truth), std::move(*run.seen)});
}

// Whatever the truth does not name, and durations.
void Validation::against_each_other() {
  for (const std::string& scenario : result_.scenarios) {
    const std::vector<Kept>& kept = kept_[scenario];
    if (kept.empty()) continue;
    std::vector<PeerRun> peers;
    std::vector<TimedRun> timed;
    bool hidden = false;
    CallTable known;
    for (const Kept& run : kept) {
      const Way& way = *std::find_if(request_.ways.begin(), request_.ways.end(),
                                     [&](const Way& each) { return each.name == run.way; });
      timed.push_back({run.way, &run.seen});
      if (!mixes_abis(run.truth, way)) peers.push_back({run.way, &run.seen});
      hidden = hidden || run.seen.ledger.lost[static_cast<std::size_t>(LossReason::hidden)].value_or(0) > 0;
      for (const auto& [call, made] : expect(run.truth, way, run.seen, {}).calls) known[call];
      for (const auto& [call, count] : run.truth.killed_inside) known[call];
    }
    // What a hidden task calls besides, nobody can foretell.
    if (!hidden && (!request_.has_truth || request_.runs >= kFewRuns || !kept.front().truth.calls.empty()))
      result_.beside.push_back(
          {scenario, compare_peers(peers, [&](std::string_view call) { return !known.contains(call); })});
    for (LatencyRow& row : compare_latencies(kept.front().truth, timed, result_.costs))
      result_.latencies.push_back(std::move(row));
  }
}

void Validation::against_strace() {
  for (const Scenario& scenario : request_.scenarios) {
    const std::vector<Kept>& kept = kept_[scenario.name];
    if (kept.empty() || !has_few_sleeps(kept.front().truth) || result_.interrupted) continue;
    progress(fmt::format("{} by strace -T", scenario.name));
    const Result<StraceRun> strace = run_strace(scenario.command, request_.interrupt_fd);
    if (!strace) {
      result_.no_strace = strace.error().message;
      return;
    }
    for (const std::string& way : result_.ways) {
      std::vector<ComparedRun> runs;
      for (const Kept& run : kept) {
        if (run.way == way) runs.push_back({&run.truth, &run.seen});
      }
      if (!runs.empty()) result_.calls.push_back(compare_calls(*strace, way, runs, result_.costs));
    }
  }
}

void Validation::measure_costs() {
  if (!request_.has_truth) return;
  for (const Way& way : request_.ways) {
    // Who fails would fail here again, and take as long.
    const bool works = std::any_of(kept_.begin(), kept_.end(), [&](const auto& scenario) {
      return std::any_of(scenario.second.begin(), scenario.second.end(),
                         [&](const Kept& run) { return run.way == way.name; });
    });
    if (!works) continue;
    progress(fmt::format("what {} adds", way.name));
    const auto cost = own_cost_of(way, request_.workload, request_.interrupt_fd);
    if (cost) result_.costs.push_back({way.name, *cost});
  }
}

Result<ValidateResult> Validation::run() {
  const auto start = std::chrono::steady_clock::now();
  result_.left_out = request_.left_out;
  result_.has_truth = request_.has_truth;
  result_.runs = request_.runs;
  result_.seed = request_.seed;
  make_cells();
  const SameAddresses for_all;
  note_foreign_tracers();
  count_library();
  make_runs();
  note_foreign_tracers();
  if (!result_.interrupted && request_.has_truth) {
    measure_costs();
    against_strace();
  }
  against_each_other();
  result_.interrupted = result_.interrupted || is_readable(request_.interrupt_fd);
  result_.wall_ns = static_cast<std::uint64_t>((std::chrono::steady_clock::now() - start).count());
  return std::move(result_);
}

}  // namespace

bool ValidateResult::agrees() const {
  const bool compared = std::any_of(cells.begin(), cells.end(),
                                    [](const Cell& cell) { return cell.verdict != Verdict::skipped; });
  const bool right =
      std::all_of(cells.begin(), cells.end(), [](const Cell& cell) { return cell.verdict < Verdict::lost; });
  const bool timed = std::none_of(latencies.begin(), latencies.end(), [](const LatencyRow& row) {
    return row.verdict == LatencyVerdict::disagree;
  });
  const bool equal = std::none_of(beside.begin(), beside.end(), [this](const Beside& scenario) {
    return std::any_of(scenario.rows.begin(), scenario.rows.end(), [this](const PeerRow& row) {
      return row.verdict == PeerVerdict::differs || (!has_truth && row.verdict == PeerVerdict::unclear);
    });
  });
  const bool one_by_one =
      std::all_of(calls.begin(), calls.end(), [](const CallComparison& each) { return each.agrees(); });
  return compared && right && timed && equal && one_by_one && !interrupted;
}

Result<ValidateResult> validate(const ValidateRequest& request) { return Validation(request).run(); }

}  // namespace latimer::compare
