#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "validation/compare/render.h"
#include "validation/compare/summary.h"

namespace latimer::compare {
namespace {

using Json = nlohmann::ordered_json;

// A number that JSON has no word for (no interval is known) is null.
Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

std::string_view verdict_word(const ValidateResult& result) {
  if (result.interrupted) return "interrupted";
  const bool compared = std::any_of(result.cells.begin(), result.cells.end(),
                                    [](const Cell& cell) { return cell.verdict != Verdict::skipped; });
  if (!compared) return "nothing compared";
  return result.agrees() ? "agree" : "disagree";
}

Json cell_json(const Cell& cell) {
  Json complaints = Json::array();
  for (const Complaint& complaint : cell.complaints)
    complaints.push_back(
        {{"kind", to_string(complaint.kind)}, {"call", complaint.call}, {"text", complaint.text}});
  Json reasons = Json::array();
  for (const Reason& reason : cell.reasons)
    reasons.push_back({{"text", reason.text}, {"calls", reason.calls}});
  return {{"scenario", cell.scenario},   {"way", cell.way},
          {"has_truth", cell.has_truth}, {"verdict", to_string(cell.verdict)},
          {"runs", cell.runs},           {"repeated", cell.repeated},
          {"calls", cell.calls},         {"reasons", reasons},
          {"complaints", complaints},    {"skipped_because", cell.skipped_because}};
}

Json latency_json(const LatencyRow& row) {
  return {{"scenario", row.scenario},
          {"call", row.call},
          {"quantile", row.quantile},
          {"way", row.way},
          {"reference", row.reference},
          {"told_ns", number(row.told_ns)},
          {"reference_ns", number(row.reference_ns)},
          {"shift_ns", number(row.shift_ns.estimate)},
          {"shift_low_ns", number(row.shift_ns.low)},
          {"shift_high_ns", number(row.shift_ns.high)},
          {"margin_ns", number(row.margin_ns)},
          {"verdict", to_string(row.verdict)}};
}

Json calls_json(const CallComparison& each) {
  Json pairs = Json::array();
  for (const CallPair& pair : each.pairs)
    pairs.push_back({{"call", pair.call},
                     {"strace_ns", pair.strace_ns},
                     {"told_ns", number(pair.told_ns)},
                     {"margin_ns", number(pair.margin_ns)},
                     {"agrees", pair.agrees}});
  return {{"scenario", each.scenario}, {"way", each.way}, {"agrees", each.agrees()}, {"pairs", pairs}};
}

Json beside_json(const std::string& scenario, const PeerRow& row) {
  Json ways = Json::array();
  for (const PeerCounts& way : row.ways)
    ways.push_back({{"way", way.way}, {"least", way.least}, {"most", way.most}, {"median", way.middle}});
  return {{"scenario", scenario}, {"what", row.what}, {"verdict", to_string(row.verdict)}, {"ways", ways}};
}

}  // namespace

std::string render_json(const ValidateResult& result, const RenderHost& host) {
  Json out = {{"schema_version", 1},
              {"command", "validate"},
              {"verdict", verdict_word(result)},
              {"interrupted", result.interrupted},
              {"has_truth", result.has_truth},
              {"seed", result.seed},
              {"runs", result.runs},
              {"wall_ns", result.wall_ns},
              {"foreign_tracers", result.foreign},
              {"environment",
               {{"latimer_version", host.latimer_version},
                {"kernel", host.kernel},
                {"machine", host.machine},
                {"cpus", host.cpus}}},
              {"scenarios", result.scenarios},
              {"ways", result.ways}};
  Json left_out = Json::array(), cells = Json::array(), costs = Json::array(), latency = Json::array();
  Json calls = Json::array(), beside = Json::array();
  for (const auto& [way, reason] : result.left_out) left_out.push_back({{"way", way}, {"reason", reason}});
  for (const Cell& cell : result.cells) cells.push_back(cell_json(cell));
  for (const OwnCost& cost : result.costs) costs.push_back({{"way", cost.way}, {"added_ns", cost.ns}});
  for (const LatencyRow& row : result.latencies) latency.push_back(latency_json(row));
  for (const CallComparison& each : result.calls) calls.push_back(calls_json(each));
  for (const Beside& scenario : result.beside) {
    for (const PeerRow& row : scenario.rows) beside.push_back(beside_json(scenario.scenario, row));
  }
  out["left_out"] = left_out;
  out["cells"] = cells;
  out["own_costs"] = costs;
  out["latency"] = latency;
  out["call_by_call"] = calls;
  out["no_strace"] = result.no_strace;
  out["beside"] = beside;
  return out.dump(1) + "\n";
}

}  // namespace latimer::compare
