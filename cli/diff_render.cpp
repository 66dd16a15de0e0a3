#include "cli/diff_render.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/model/text_escape.h"
#include "plugins/exporters/human.h"
#include "plugins/exporters/markdown/markdown_text.h"
#include "plugins/exporters/text/table.h"

namespace latimer {
namespace {

using Json = nlohmann::ordered_json;

std::string duration(const std::optional<double>& ns) {
  return ns ? human_duration(static_cast<std::uint64_t>(std::max(0.0, *ns))) : "-";
}

std::string count(const std::optional<double>& value) {
  return value ? human_count(static_cast<std::uint64_t>(std::max(0.0, *value))) : "-";
}

std::string factor(double value) {
  if (!std::isfinite(value)) return "?";
  return value >= 100 ? fmt::format("{:.0f}x", value) : fmt::format("{:.2f}x", value);
}

// "1.50x (1.42 to 1.61)"
std::string ratio(const Change& change) {
  if (change.ratio) {
    const Interval& r = *change.ratio;
    if (!std::isfinite(r.high)) return factor(r.estimate);  // too few calls to tell how sure that is
    return fmt::format("{} ({} to {})", factor(r.estimate), factor(r.low), factor(r.high));
  }
  if (change.a && change.b && *change.a > 0) return factor(*change.b / *change.a);
  return "-";
}

std::string name_of(const ComparedCall& call) {
  return escape_bytes(call.name) + (call.abi == kNativeAbi ? "" : fmt::format(" ({})", to_string(call.abi)));
}

// "slower", or what there is to say instead.
std::string verdict(const ComparedCall& call) {
  if (call.presence != Presence::both) return std::string(to_string(call.presence));
  std::string text = call.latency ? std::string(to_string(*call.latency)) : "";
  const Change& tail = call[Metric::p99];
  if (tail.verdict && call.latency && *tail.verdict != *call.latency &&
      (*tail.verdict == LatencyVerdict::slower || *tail.verdict == LatencyVerdict::faster))
    text += fmt::format("; p99 {}", to_string(*tail.verdict));
  if (call.waiting && !text.empty()) text += " (waits)";
  return text;
}

std::string count_verdict(const ComparedCall& call) {
  if (!call.counts || *call.counts == CountVerdict::equal) return "";
  return std::string(to_string(*call.counts));
}

// "close 0 -> 2,530; openat 3 -> 0": of every call whose errors changed, also those that the table leaves
// out.
std::string error_changes(const Comparison& comparison) {
  std::string text;
  for (const ComparedCall& call : comparison.calls) {
    if (!call.errors || *call.errors == CountVerdict::equal) continue;
    const Change& errors = call[Metric::errors];
    text += fmt::format("{}{} {} -> {}", text.empty() ? "" : "; ", name_of(call), count(errors.a),
                        count(errors.b));
  }
  return text;
}

// What changed, in words.
std::string verdicts(const ComparedCall& call) {
  std::string text = verdict(call);
  const std::string counts = count_verdict(call);
  if (!counts.empty() && call.presence == Presence::both)
    text += (text.empty() ? "" : ", ") + counts + " calls";
  return text;
}

std::string files_of(const std::vector<DiffRun>& runs) {
  std::string text;
  for (const DiffRun& run : runs) text += (text.empty() ? "" : ", ") + run.file;
  return text;
}

std::string unit_sentence(const Comparison& comparison) {
  if (comparison.by_run)
    return fmt::format("{} runs against {}: the run is the unit, intervals hold the truth 95 times of 100",
                       comparison.runs_a, comparison.runs_b);
  return "one run against one: this is about these two runs; how much runs of the same program differ is not "
         "known, so that "
         "20 % (tails 30 %) are no news";
}

std::vector<std::string> fail_lines(const DiffResult& result) {
  std::vector<std::string> lines;
  if (!result.fail_if) return lines;
  for (const ConditionOutcome& one : result.fail_if->conditions) lines.push_back(one.sentence);
  return lines;
}

Json number(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? Json(*value) : Json(nullptr);
}

Json interval(const std::optional<Interval>& value) {
  if (!value) return nullptr;
  return {{"estimate", number(value->estimate)}, {"low", number(value->low)}, {"high", number(value->high)}};
}

Json change_json(const Change& change) {
  return {{"a", number(change.a)},
          {"b", number(change.b)},
          {"shift", interval(change.shift)},
          {"ratio", interval(change.ratio)},
          {"margin", number(change.margin)},
          {"verdict", change.verdict ? Json(std::string(to_string(*change.verdict))) : Json(nullptr)}};
}

Json call_json(const ComparedCall& call) {
  Json changes = Json::object();
  for (const Metric metric : kAllMetrics) changes[std::string(to_string(metric))] = change_json(call[metric]);
  const auto or_null = [](const auto& verdict) {
    return verdict ? Json(std::string(to_string(*verdict))) : Json(nullptr);
  };
  return {{"abi", std::string(to_string(call.abi))},
          {"name", escape_bytes(call.name)},
          {"waiting", call.waiting},
          {"presence", std::string(to_string(call.presence))},
          {"counts", or_null(call.counts)},
          {"errors", or_null(call.errors)},
          {"latency", or_null(call.latency)},
          {"changes", std::move(changes)}};
}

Json runs_json(const std::vector<DiffRun>& runs) {
  Json array = Json::array();
  for (const DiffRun& run : runs)
    array.push_back({{"file", escape_bytes(run.file)},
                     {"backend", escape_bytes(run.backend)},
                     {"complete", run.complete},
                     {"durations", run.durations}});
  return array;
}

Table::Tone tone_of(const ComparedCall& call) {
  const bool bad = call.latency && *call.latency == LatencyVerdict::slower;
  return bad ? Table::Tone::bad : Table::Tone::plain;
}

}  // namespace

std::string diff_text(const DiffResult& result, const Style& style, std::size_t width, std::size_t top) {
  const Comparison& comparison = result.comparison;
  std::string out =
      style.title("diff") +
      fmt::format(": A {}\n      B {}\n", escape_bytes(files_of(result.a)), escape_bytes(files_of(result.b)));
  out += style.dim(wrap_text(unit_sentence(comparison), width, 0)) + "\n\n";
  Table table;
  table.add_column("SYSCALL", Table::Align::left);
  for (const char* header : {"COUNT A", "B", "TOTAL A", "B", "P50 A", "B", "P99 A", "B"})
    table.add_column(header, Table::Align::right);
  table.add_column("P50 B/A", Table::Align::left);
  table.add_column("VERDICT", Table::Align::left);
  const auto add = [&table](const ComparedCall& call) {
    table.add_row({{name_of(call)},
                   {count(call[Metric::count].a)},
                   {count(call[Metric::count].b)},
                   {duration(call[Metric::total].a)},
                   {duration(call[Metric::total].b)},
                   {duration(call[Metric::p50].a)},
                   {duration(call[Metric::p50].b)},
                   {duration(call[Metric::p99].a)},
                   {duration(call[Metric::p99].b)},
                   {ratio(call[Metric::p50])},
                   {verdicts(call), tone_of(call)}});
  };
  const std::size_t shown = std::min(top, comparison.calls.size());
  for (std::size_t i = 0; i < shown; ++i) add(comparison.calls[i]);
  add(comparison.total);
  // On narrow screens the columns that say least go first.
  for (const std::size_t first : {7U, 3U}) {
    if (table.width() <= width) break;
    table.remove_columns(first, 2);
  }
  out += table.render(style, table.width() + table.columns() <= width);
  if (comparison.calls.size() > shown)
    out += style.dim(
        fmt::format("and {} more, whose total time changed less\n", comparison.calls.size() - shown));
  if (const std::string errors = error_changes(comparison); !errors.empty())
    out += wrap_text("\nerrors: " + errors, width, 8) + "\n";
  for (const std::string& line : fail_lines(result))
    out += wrap_text("\nfail-if: " + escape_bytes(line), width, 9);
  if (result.fail_if) out += "\n";
  for (const std::string& warning : result.warnings)
    out += wrap_text("\nwarning: " + escape_bytes(warning), width, 9) + "\n";
  return out;
}

std::string diff_markdown(const DiffResult& result, std::size_t top) {
  const Comparison& comparison = result.comparison;
  std::string out = fmt::format("# {} against {}\n\n{}.\n\n", markdown_code(files_of(result.b)),
                                markdown_code(files_of(result.a)), unit_sentence(comparison));
  MarkdownTable table({"call", "verdict", "p50 B/A", "count A", "count B", "total A", "total B", "p50 A",
                       "p50 B", "p99 A", "p99 B"},
                      3);
  const auto add = [&table](const ComparedCall& call) {
    table.add_row({markdown_code(call.name), verdicts(call), ratio(call[Metric::p50]),
                   count(call[Metric::count].a), count(call[Metric::count].b),
                   duration(call[Metric::total].a), duration(call[Metric::total].b),
                   duration(call[Metric::p50].a), duration(call[Metric::p50].b),
                   duration(call[Metric::p99].a), duration(call[Metric::p99].b)});
  };
  for (std::size_t i = 0; i < std::min(top, comparison.calls.size()); ++i) add(comparison.calls[i]);
  add(comparison.total);
  out += table.render();
  if (const std::string errors = error_changes(comparison); !errors.empty())
    out += fmt::format("\n- errors: {}\n", markdown_text(errors));
  for (const std::string& line : fail_lines(result))
    out += fmt::format("\n- fail-if: {}\n", markdown_text(line));
  for (const std::string& warning : result.warnings)
    out += fmt::format("\n- warning: {}\n", markdown_text(warning));
  return out;
}

std::string diff_json(const DiffResult& result) {
  Json calls = Json::array();
  for (const ComparedCall& call : result.comparison.calls) calls.push_back(call_json(call));
  Json fail_if = nullptr;
  if (result.fail_if) {
    Json conditions = Json::array();
    for (const ConditionOutcome& one : result.fail_if->conditions)
      conditions.push_back({{"holds", std::string(to_string(one.holds))},
                            {"certain", one.certain ? Json(*one.certain) : Json(nullptr)},
                            {"sentence", escape_bytes(one.sentence)}});
    fail_if = {{"holds", std::string(to_string(result.fail_if->holds))},
               {"conditions", std::move(conditions)}};
  }
  Json warnings = Json::array();
  for (const std::string& warning : result.warnings) warnings.push_back(escape_bytes(warning));
  return Json{{"schema_version", 1},
              {"command", "diff"},
              {"a", runs_json(result.a)},
              {"b", runs_json(result.b)},
              {"by_run", result.comparison.by_run},
              {"total", call_json(result.comparison.total)},
              {"calls", std::move(calls)},
              {"fail_if", std::move(fail_if)},
              {"warnings", std::move(warnings)}}
             .dump() +
         "\n";
}

}  // namespace latimer
