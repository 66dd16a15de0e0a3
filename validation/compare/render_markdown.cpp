#include <fmt/format.h>

#include "plugins/exporters/text/human.h"
#include "validation/compare/render.h"
#include "validation/compare/summary.h"

namespace latimer::compare {
namespace {

// A cell of a table holds neither.
std::string safe(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string human(double ns) {
  return (ns < 0 ? "-" : "") + human_duration(static_cast<std::uint64_t>(ns < 0 ? -ns : ns));
}

std::string matrix(const ValidateResult& result) {
  std::string out = "| scenario |", rule = "|---|";
  for (const std::string& way : result.ways) {
    out += fmt::format(" {} |", way);
    rule += "---|";
  }
  out += "\n" + rule + "\n";
  for (std::size_t row = 0; row < result.scenarios.size(); ++row) {
    out += fmt::format("| {} |", safe(result.scenarios[row]));
    for (std::size_t way = 0; way < result.ways.size(); ++way)
      out += fmt::format(" {} |", cell_text(result.cells[row * result.ways.size() + way]));
    out += "\n";
  }
  return out;
}

std::string latencies(const ValidateResult& result) {
  std::string out;
  if (!result.costs.empty()) {
    out += "\n## What the tracers add to each duration\n\n| way | adds |\n|---|---|\n";
    for (const OwnCost& cost : result.costs) out += fmt::format("| {} | {} |\n", cost.way, human(cost.ns));
  }
  if (result.latencies.empty()) return out;
  out +=
      "\n## Durations\n\n| scenario | call | | way | tells | reference | shift (95 %) | margin | verdict |\n";
  out += "|---|---|---|---|---|---|---|---|---|\n";
  for (const LatencyRow& row : result.latencies) {
    if (row.verdict == LatencyVerdict::too_short) continue;
    out += fmt::format("| {} | {} | {} | {} | {} | {} | {} ({} to {}) | {} | {} |\n", row.scenario, row.call,
                       row.quantile, row.way, human(row.told_ns), human(row.reference_ns),
                       human(row.shift_ns.estimate), human(row.shift_ns.low), human(row.shift_ns.high),
                       human(row.margin_ns), to_string(row.verdict));
  }
  return out;
}

std::string beside(const ValidateResult& result) {
  std::string out;
  for (const Beside& scenario : result.beside) {
    for (const PeerRow& row : scenario.rows) {
      if (row.verdict == PeerVerdict::equal) continue;
      out += fmt::format("- {}{}: {}: {}\n", result.has_truth ? scenario.scenario + ", " : "", row.what,
                         to_string(row.verdict), ways_text(row));
    }
  }
  return out.empty() ? out : "\n## Calls that are not always the same\n\n" + out;
}

}  // namespace

std::string render_markdown(const ValidateResult& result, const RenderHost& host) {
  std::string out = fmt::format("**{}**\n\n", verdict_line(result));
  out += fmt::format("latimer {}, Linux {}, {} CPUs: {} scenarios x {} ways x {} runs in {}, seed {}.\n\n",
                     host.latimer_version, host.kernel, host.cpus, result.scenarios.size(),
                     result.ways.size(), result.runs, human_duration(result.wall_ns), result.seed);
  out += fmt::format("- counts: {}\n", count_line(result));
  if (result.has_truth) out += fmt::format("- latency: {}\n", latency_line(result));
  if (const std::string line = call_by_call_line(result); !line.empty())
    out += "- call by call: " + line + "\n";
  if (const std::string line = beside_line(result); !line.empty()) out += "- other calls: " + line + "\n";
  if (!result.foreign.empty())
    out += fmt::format("- beware: others trace this host: {}\n", safe(result.foreign));
  for (const auto& [way, reason] : result.left_out)
    out += fmt::format("- left out: {}: {}\n", way, safe(reason));
  out += "\n" + matrix(result);
  const std::vector<Note> notes = notes_of(result);
  if (!notes.empty()) out += "\n## Notes\n\n";
  for (const Note& note : notes)
    out += fmt::format("- {} ({})\n", safe(note.text), fmt::join(note.where, ", "));
  return out + latencies(result) + beside(result);
}

}  // namespace latimer::compare
