#include "validation/compare/watched_run.h"

#include <fmt/format.h>

#include "core/model/text_escape.h"

namespace latimer::compare {
namespace {

// latimer-workload's status when the host lacks what a scenario needs.
constexpr int kWorkloadSkips = 77;

std::string last_line(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  const std::size_t newline = text.rfind('\n');
  return std::string(newline == std::string_view::npos ? text : text.substr(newline + 1));
}

// What latimer said, without repetitions of its name; the command's own words are among it.
std::string words_of(std::string_view text) {
  std::string words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && words.size() < 600)
      words += fmt::format("{}{}", words.empty() ? "" : " | ", escape_bytes(line));
  }
  return words.empty() ? "it said nothing" : words;
}

WatchedRun failed(std::string text) {
  WatchedRun run;
  run.judgement.verdict = Verdict::fail;
  run.judgement.complaints.push_back({ComplaintKind::failed, "", std::move(text)});
  return run;
}

std::optional<WatchedRun> did_not_end_well(const WatchRequest& request, const RunOutcome& run) {
  if (run.interrupted) {
    WatchedRun none;
    none.interrupted = true;
    return none;
  }
  if (run.timed_out)
    return failed(fmt::format("it did not come to an end within {} s: {}",
                              std::chrono::duration_cast<std::chrono::seconds>(request.limit).count(),
                              words_of(run.err)));
  if (request.scenario.has_truth && !run.status.signaled && run.status.value == kWorkloadSkips) {
    WatchedRun skipped;
    skipped.judgement.verdict = Verdict::skipped;
    skipped.skipped_because = escape_bytes(last_line(run.err));
    return skipped;
  }
  // A command of the user's may end as it likes; latimer's own failures are known by what is missing.
  const bool anything = !request.scenario.has_truth && request.scenario.must_show.empty();
  if (run.status == ExitStatus{} || anything) return std::nullopt;
  return failed(fmt::format("{} {}: {}", run.status.signaled ? "killed by signal" : "it ended with status",
                            run.status.value, words_of(run.err)));
}

}  // namespace

WatchedRun watch(const WatchRequest& request) {
  if (!request.scenario.unavailable.empty()) {
    WatchedRun skipped;
    skipped.judgement.verdict = Verdict::skipped;
    skipped.skipped_because = request.scenario.unavailable;
    return skipped;
  }
  WayRun wanted;
  wanted.command = request.scenario.command;
  wanted.limit = request.limit;
  if (request.way.has_ring && !request.ring_size.empty()) wanted.options = {"--ring-size", request.ring_size};
  Result<WayOutcome> outcome = run_way(request.way, wanted, request.interrupt_fd);
  if (!outcome) return failed(outcome.error().message);
  if (auto ended = did_not_end_well(request, outcome->run)) return std::move(*ended);
  Result<Observation> seen = read_observation(outcome->report);
  if (!seen) return failed(seen.error().message + ": " + words_of(outcome->run.err));
  WatchedRun run;
  if (request.scenario.has_truth) {
    Result<Truth> truth = read_truth(outcome->run.out);
    if (!truth) return failed(truth.error().message);
    run.truth = std::move(truth).value();
    run.judgement = judge(run.truth, request.way, *seen, request.library);
  } else {
    run.judgement = judge_alone(*seen, request.scenario.must_show);
  }
  run.seen = std::move(seen).value();
  return run;
}

}  // namespace latimer::compare
