#include <fmt/format.h>

#include <algorithm>

#include "plugins/exporters/human.h"
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
  out += std::string(result.has_truth ? " calls |\n" : "\n") + rule + (result.has_truth ? "---|\n" : "\n");
  for (std::size_t row = 0; row < result.scenarios.size(); ++row) {
    out += fmt::format("| {} |", safe(result.scenarios[row]));
    std::uint64_t calls = 0;
    for (std::size_t way = 0; way < result.ways.size(); ++way) {
      const Cell& cell = result.cells[row * result.ways.size() + way];
      out += fmt::format(" {} |", cell_text(cell));
      calls = std::max(calls, cell.calls);
    }
    if (result.has_truth) out += fmt::format(" {} |", calls > 0 ? human_count(calls) : "");
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

std::string call_by_call(const ValidateResult& result) {
  if (result.calls.empty()) return "";
  std::string out =
      "\n## Call by call against strace -T\n\n| scenario | way | calls | off | largest difference | verdict "
      "|\n"
      "|---|---|---|---|---|---|\n";
  for (const CallComparison& each : result.calls)
    out += fmt::format("| {} | {} | {} | {} | {} | {} |\n", safe(each.scenario), each.way, each.pairs.size(),
                       each.off(), human(each.largest_difference_ns()), each.agrees() ? "agree" : "DISAGREE");
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
  out += fmt::format("latimer {}, Linux {}, {} CPUs: {} in {}, seed {}.\n\n", host.latimer_version,
                     host.kernel, host.cpus, extent(result), human_duration(result.wall_ns), result.seed);
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
  return out + latencies(result) + call_by_call(result) + beside(result);
}

}  // namespace latimer::compare
