#include "validation/compare/summary.h"

#include <fmt/format.h>

#include <algorithm>

namespace latimer::compare {
namespace {

// "a, b and c": parts that are not empty.
std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) {
    if (!part.empty()) text += (text.empty() ? "" : ", ") + part;
  }
  return text;
}

std::string counted(std::size_t count, std::string_view what) {
  return count == 0 ? std::string() : fmt::format("{} {}", count, what);
}

template <typename Rows, typename Test>
std::size_t number_of(const Rows& rows, Test&& test) {
  return static_cast<std::size_t>(std::count_if(rows.begin(), rows.end(), test));
}

std::string of_a_run(const Cell& cell, const Complaint& complaint) {
  const std::string runs = cell.runs > 1 ? fmt::format(" ({} runs)", cell.runs) : "";
  return fmt::format("{}{}{}: {}{}", to_string(cell.verdict), complaint.call.empty() ? "" : ": ",
                     complaint.call, complaint.text, runs);
}

void add(std::vector<Note>& notes, const std::string& text, const Cell& cell, std::string_view number = "") {
  const std::string where = fmt::format("{} by {}{}", cell.scenario, cell.way, number);
  auto note = std::find_if(notes.begin(), notes.end(), [&](const Note& has) { return has.text == text; });
  if (note == notes.end()) note = notes.insert(notes.end(), Note{text, {}});
  if (std::find(note->where.begin(), note->where.end(), where) == note->where.end())
    note->where.push_back(where);
}

bool has_row(const ValidateResult& result, PeerVerdict verdict) {
  return number_of(result.beside, [verdict](const Beside& scenario) {
           return number_of(scenario.rows, [verdict](const PeerRow& row) { return row.verdict == verdict; }) >
                  0;
         }) > 0;
}

bool bad_timing(const ValidateResult& result) {
  return number_of(result.latencies,
                   [](const LatencyRow& row) { return row.verdict == LatencyVerdict::disagree; }) > 0 ||
         number_of(result.calls, [](const CallComparison& each) { return !each.agrees(); }) > 0;
}

// Nobody told anything wrong: runs came to nothing.
bool only_failures(const ValidateResult& result) {
  const std::size_t bad =
      number_of(result.cells, [](const Cell& cell) { return cell.verdict >= Verdict::lost; });
  const std::size_t failed = number_of(result.cells, [](const Cell& cell) {
    return cell.verdict == Verdict::fail && number_of(cell.complaints, [](const Complaint& complaint) {
                                              return complaint.kind != ComplaintKind::failed;
                                            }) == 0;
  });
  return bad > 0 && bad == failed && !bad_timing(result) && !has_row(result, PeerVerdict::differs);
}

bool only_unclear(const ValidateResult& result) {
  return number_of(result.cells, [](const Cell& cell) { return cell.verdict >= Verdict::lost; }) == 0 &&
         !bad_timing(result) && !has_row(result, PeerVerdict::differs) &&
         has_row(result, PeerVerdict::unclear);
}

}  // namespace

std::string extent(const ValidateResult& result) {
  const auto some = [](std::size_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
  };
  return fmt::format(
      "{} x {} x {}",
      result.has_truth ? some(result.scenarios.size(), "scenario") : std::string("the command"),
      some(result.ways.size(), "way"), some(result.runs, "run"));
}

std::string count_line(const ValidateResult& result) {
  const auto with = [&](Verdict verdict) {
    return number_of(result.cells, [verdict](const Cell& cell) { return cell.verdict == verdict; });
  };
  const std::size_t ok = number_of(
      result.cells, [](const Cell& cell) { return cell.verdict == Verdict::exact && !cell.has_truth; });
  return fmt::format(
      "{} cells: {}", result.cells.size(),
      joined({counted(with(Verdict::exact) - ok, "exact"),
              counted(ok, "ok (nothing contradicts itself, and what must show does)"),
              counted(with(Verdict::explained), "explained"), counted(with(Verdict::lost), "LOST"),
              counted(with(Verdict::fail), "FAIL"), counted(with(Verdict::skipped), "skipped")}));
}

std::string latency_line(const ValidateResult& result) {
  if (result.latencies.empty())
    return fmt::format("not compared: that takes {} runs of two ways (--runs {})", kLatencyRuns,
                       kLatencyRuns);
  const auto with = [&](LatencyVerdict verdict) {
    return number_of(result.latencies, [verdict](const LatencyRow& row) { return row.verdict == verdict; });
  };
  return fmt::format("{} comparisons: {}", result.latencies.size(),
                     joined({counted(with(LatencyVerdict::agree), "agree"),
                             counted(with(LatencyVerdict::disagree), "DISAGREE"),
                             counted(with(LatencyVerdict::unclear), "unclear"),
                             counted(with(LatencyVerdict::too_short), "too short for the tracer to tell")}));
}

std::string call_by_call_line(const ValidateResult& result) {
  if (!result.no_strace.empty()) return "not compared: " + result.no_strace;
  if (result.calls.empty()) return "";
  std::size_t calls = 0, off = 0;
  for (const CallComparison& comparison : result.calls) {
    calls += comparison.pairs.size();
    off += comparison.off();
  }
  const std::size_t wrong =
      number_of(result.calls, [](const CallComparison& each) { return !each.agrees(); });
  return fmt::format(
      "{} calls against strace -T: {} within the margin{}", calls, calls - off,
      wrong == 0 ? "" : fmt::format("; {} of {} comparisons DISAGREE", wrong, result.calls.size()));
}

std::string beside_line(const ValidateResult& result) {
  std::size_t rows = 0;
  std::map<PeerVerdict, std::size_t> with;
  for (const Beside& scenario : result.beside) {
    for (const PeerRow& row : scenario.rows) {
      ++rows;
      ++with[row.verdict];
    }
  }
  if (rows == 0) return "";
  return fmt::format("{} numbers: {}", rows,
                     joined({counted(with[PeerVerdict::equal], "equal in every run and way"),
                             counted(with[PeerVerdict::varies], "vary from run to run"),
                             counted(with[PeerVerdict::timing], "vary with the program's speed"),
                             counted(with[PeerVerdict::unclear], "unclear (make 3 runs or more)"),
                             counted(with[PeerVerdict::differs], "DIFFER")}));
}

std::string verdict_line(const ValidateResult& result) {
  if (result.interrupted) return "Interrupted: what follows is what had been seen by then.";
  const bool compared =
      number_of(result.cells, [](const Cell& cell) { return cell.verdict != Verdict::skipped; }) > 0;
  if (!compared) return "Nothing could be compared.";
  if (!result.agrees() && only_failures(result))
    return "Some runs FAILED, and what they were to show is not known: see below.";
  if (!result.agrees() && only_unclear(result))
    return "Some numbers differ between the tracers, and too few runs were made to tell why: make 3 or more.";
  if (!result.agrees()) return "The tracers DISAGREE: see below who, and about what.";
  if (result.has_truth) return "The tracers agree with the truth on this host.";
  return result.ways.size() > 1 ? "The tracers agree with each other about this command."
                                : "One tracer alone: it does not contradict itself.";
}

std::string cell_text(const Cell& cell) {
  // Without a truth there is nothing to be equal to.
  std::string text(cell.verdict == Verdict::exact && !cell.has_truth ? "ok" : to_string(cell.verdict));
  if (cell.repeated > 0) text += fmt::format(" +{}", cell.repeated);
  return text;
}

std::vector<Note> notes_of(const ValidateResult& result) {
  std::vector<Note> notes;
  for (const Cell& cell : result.cells) {
    for (const Complaint& complaint : cell.complaints) add(notes, of_a_run(cell, complaint), cell);
  }
  for (const Cell& cell : result.cells) {
    for (const Reason& reason : cell.reasons)
      add(notes, "explained: " + reason.text, cell, fmt::format(" ({} calls)", reason.calls));
  }
  for (const Cell& cell : result.cells) {
    if (cell.verdict == Verdict::skipped && cell.runs > 0)
      add(notes, "skipped: " + cell.skipped_because, cell);
  }
  for (const Cell& cell : result.cells) {
    if (cell.repeated > 0) add(notes, "runs that lost something, and said so, were made again (+N)", cell);
  }
  return notes;
}

std::string ways_text(const PeerRow& row) {
  std::vector<std::pair<std::string, std::vector<std::string>>> groups;
  for (const PeerCounts& way : row.ways) {
    const std::string range = way.least == way.most ? fmt::format("always {}", way.least)
                                                    : fmt::format("{} to {}", way.least, way.most);
    auto group =
        std::find_if(groups.begin(), groups.end(), [&](const auto& has) { return has.first == range; });
    if (group == groups.end()) group = groups.insert(groups.end(), {range, {}});
    group->second.push_back(way.way);
  }
  std::string text;
  for (const auto& [range, ways] : groups)
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", range, fmt::join(ways, " "));
  return text;
}

}  // namespace latimer::compare
