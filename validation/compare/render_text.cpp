#include <fmt/format.h>

#include <algorithm>

#include "plugins/exporters/human.h"
#include "plugins/exporters/text/style.h"
#include "plugins/exporters/text/table.h"
#include "validation/compare/render.h"
#include "validation/compare/summary.h"

namespace latimer::compare {
namespace {

std::string human(double ns) {
  const std::string text = human_duration(static_cast<std::uint64_t>(ns < 0 ? -ns : ns));
  return ns < 0 ? "-" + text : text;
}

class TextView {
 public:
  TextView(const ValidateResult& result, const RenderHost& host, bool color, int width)
      : result_(result), host_(host), style_(color), width_(static_cast<std::size_t>(width)) {}
  std::string all();

 private:
  void summary();
  void matrix();
  void notes();
  void latencies();
  void calls();
  void beside();
  void line(std::string_view label, const std::string& text) {
    if (!text.empty()) out_ += wrap_text(fmt::format("  {:<14}{}", label, text), width_, 16) + "\n";
  }
  void heading(std::string_view text) { out_ += "\n" + style_.title(text) + "\n"; }

  const ValidateResult& result_;
  const RenderHost& host_;
  const Style style_;
  const std::size_t width_;
  std::string out_;
};

void TextView::summary() {
  const std::string verdict = verdict_line(result_);
  out_ += (result_.agrees() ? style_.good(verdict) : style_.bad(verdict)) + "\n";
  out_ += wrap_text(fmt::format("  latimer {}, Linux {}, {} CPUs; {} in {}, seed {}", host_.latimer_version,
                                host_.kernel, host_.cpus, extent(result_), human_duration(result_.wall_ns),
                                result_.seed),
                    width_, 2) +
          "\n";
  line("counts", count_line(result_));
  if (result_.has_truth) line("latency", latency_line(result_));
  line("call by call", call_by_call_line(result_));
  line(result_.has_truth ? "other calls" : "each other", beside_line(result_));
  if (!result_.foreign.empty())
    line("beware", fmt::format("others trace this host, which may silence perf: {}", result_.foreign));
  for (const auto& [way, reason] : result_.left_out) line("left out", fmt::format("{}: {}", way, reason));
}

void TextView::matrix() {
  Table table;
  table.add_column("scenario", Table::Align::left);
  for (const std::string& way : result_.ways) table.add_column(way, Table::Align::left);
  table.add_column("calls", Table::Align::right);
  for (std::size_t row = 0; row < result_.scenarios.size(); ++row) {
    std::vector<Table::Cell> cells{{result_.scenarios[row]}};
    std::uint64_t calls = 0;
    for (std::size_t way = 0; way < result_.ways.size(); ++way) {
      const Cell& cell = result_.cells[row * result_.ways.size() + way];
      const bool bad = cell.verdict >= Verdict::lost;
      cells.push_back({cell_text(cell), bad                                ? Table::Tone::bad
                                        : cell.verdict == Verdict::skipped ? Table::Tone::dim
                                                                           : Table::Tone::plain});
      calls = std::max(calls, cell.calls);
    }
    cells.push_back({calls > 0 ? human_count(calls) : std::string()});
    table.add_row(std::move(cells));
  }
  if (!result_.has_truth) table.remove_column("calls");
  out_ += "\n" + table.render(style_, true);
}

void TextView::notes() {
  constexpr std::size_t kMostWhere = 8;
  const std::vector<Note> notes = notes_of(result_);
  if (notes.empty()) return;
  heading("Notes");
  for (const Note& note : notes) {
    const std::size_t shown = std::min(note.where.size(), kMostWhere);
    std::string where = fmt::format(
        "{}", fmt::join(note.where.begin(), note.where.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
    if (shown < note.where.size()) where += fmt::format(" and {} more", note.where.size() - shown);
    out_ += wrap_text(fmt::format("  {}", note.text), width_, 4) + "\n";
    out_ += style_.dim(wrap_text(fmt::format("    {}", where), width_, 4)) + "\n";
  }
}

void TextView::latencies() {
  if (!result_.costs.empty() && !result_.latencies.empty()) {
    heading("What the tracers themselves add to each duration (taken off below)");
    for (const OwnCost& cost : result_.costs) line(cost.way, "  " + human(cost.ns));
  }
  if (result_.latencies.empty()) return;
  heading(
      "Durations: medians over the runs, and the 95 % interval of the shift (p90 and p99 where they "
      "disagree)");
  Table table;
  for (const char* name : {"scenario", "call", ""}) table.add_column(name, Table::Align::left);
  table.add_column("way", Table::Align::left);
  for (const char* name : {"tells", "reference", "shift", "from", "to", "margin"})
    table.add_column(name, Table::Align::right);
  table.add_column("verdict", Table::Align::left);
  for (const LatencyRow& row : result_.latencies) {
    if (row.verdict == LatencyVerdict::too_short) continue;
    // Everything is in the other formats; nobody reads hundreds of lines.
    if (row.quantile != "p50" && row.verdict != LatencyVerdict::disagree) continue;
    const bool bad = row.verdict == LatencyVerdict::disagree;
    table.add_row({{row.scenario},
                   {row.call},
                   {row.quantile},
                   {row.way},
                   {human(row.told_ns)},
                   {human(row.reference_ns)},
                   {human(row.shift_ns.estimate)},
                   {human(row.shift_ns.low)},
                   {human(row.shift_ns.high)},
                   {human(row.margin_ns)},
                   {std::string(to_string(row.verdict)), bad ? Table::Tone::bad : Table::Tone::plain}});
  }
  if (!table.empty()) out_ += table.render(style_, true);
}

void TextView::calls() {
  if (result_.calls.empty()) return;
  heading("Call by call against strace -T");
  Table table;
  table.add_column("scenario", Table::Align::left);
  table.add_column("way", Table::Align::left);
  for (const char* name : {"calls", "off", "largest difference"}) table.add_column(name, Table::Align::right);
  table.add_column("verdict", Table::Align::left);
  for (const CallComparison& each : result_.calls) {
    table.add_row(
        {{each.scenario},
         {each.way},
         {fmt::format("{}", each.pairs.size())},
         {fmt::format("{}", each.off())},
         {human(each.largest_difference_ns())},
         {each.agrees() ? "agree" : "DISAGREE", each.agrees() ? Table::Tone::plain : Table::Tone::bad}});
  }
  out_ += table.render(style_, true);
}

void TextView::beside() {
  bool first = true;
  for (const Beside& scenario : result_.beside) {
    for (const PeerRow& row : scenario.rows) {
      if (row.verdict == PeerVerdict::equal) continue;
      if (first)
        heading(result_.has_truth ? "Calls that the truth does not name, and that are not always the same"
                                  : "Numbers that are not always the same");
      first = false;
      const std::string text =
          fmt::format("  {}{}: {}: {}", result_.has_truth ? scenario.scenario + ", " : "", row.what,
                      to_string(row.verdict), ways_text(row));
      const std::string wrapped = wrap_text(text, width_, 4);
      out_ += (row.verdict == PeerVerdict::differs ? style_.bad(wrapped) : wrapped) + "\n";
    }
  }
}

std::string TextView::all() {
  summary();
  matrix();
  notes();
  latencies();
  calls();
  beside();
  return std::move(out_);
}

}  // namespace

std::string render_text(const ValidateResult& result, const RenderHost& host, bool color, int width) {
  return TextView(result, host, color, width).all();
}

}  // namespace latimer::compare
