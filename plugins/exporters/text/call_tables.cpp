#include <fmt/format.h>
#include <algorithm>
#include <cctype>

#include "plugins/exporters/human.h"
#include "plugins/exporters/text/distribution.h"
#include "plugins/exporters/text/sections.h"
#include "plugins/exporters/text/table.h"

namespace latimer {
namespace {

using Rows = std::vector<const SyscallRow*>;
using Cell = Table::Cell;
using Tone = Table::Tone;

constexpr std::size_t kSmallestChart = 8;
constexpr std::size_t kWidestChart = 22;  // all bars of the log2 view

Rows select(const Report& report, bool waiting) {
  Rows rows;
  for (const SyscallRow& row : report.syscalls) {
    if (row.waiting == waiting) rows.push_back(&row);
  }
  return rows;
}

bool has_durations(const Report& report) {
  return std::any_of(report.syscalls.begin(), report.syscalls.end(),
                     [](const SyscallRow& row) { return row.total_ns.has_value(); });
}

Cell duration_cell(const std::optional<std::uint64_t>& ns) {
  return ns ? Cell{human_duration(*ns)} : Cell{"-", Tone::dim};
}

Cell error_cell(std::uint64_t count) {
  return count == 0 ? Cell{"0", Tone::dim} : Cell{human_count(count), Tone::bad};
}

std::string by_header(GroupBy by) {
  std::string header(to_string(by));
  std::transform(header.begin(), header.end(), header.begin(),
                 [](unsigned char c) { return std::toupper(c); });
  return header;
}

// With --top the rest is in no row, so the sum must not pass for the whole.
std::string total_label(const Report& report) {
  return report.rows_hidden.value_or(0) > 0 ? "total shown" : "total";
}

std::vector<Cell> total_row(const Report& report, const Rows& rows, bool with_subject) {
  std::uint64_t count = 0, errors = 0, total = 0;
  for (const SyscallRow* row : rows) {
    count += row->count;
    errors += row->error_count;
    total += row->total_ns.value_or(0);
  }
  std::vector<Cell> cells = {
      {total_label(report), Tone::dim}, {human_count(count)}, error_cell(errors), {human_duration(total)}};
  cells.resize(cells.size() + 7 + (with_subject ? 1 : 0));
  return cells;
}

// Everything but the distribution, whose place is the last but one with --by and else the last.
Table figures(const TextContext& context, const Rows& rows) {
  const bool with_subject = context.report.by != GroupBy::none;
  Table table;
  table.add_column("SYSCALL", Table::Align::left);
  for (const char* header : {"COUNT", "ERRORS", "TOTAL", "AVG", "MIN", "MAX", "P50", "P95", "P99"}) {
    table.add_column(header, Table::Align::right);
  }
  table.add_column("DISTRIBUTION", Table::Align::left);
  if (with_subject) table.add_column(by_header(context.report.by), Table::Align::left);
  for (const SyscallRow* row : rows) {
    std::vector<Cell> cells = {{call_label(context.report, row->abi, row->name)},
                               {human_count(row->count)},
                               error_cell(row->error_count),
                               duration_cell(row->total_ns),
                               duration_cell(row->avg_ns),
                               duration_cell(row->min_ns),
                               duration_cell(row->max_ns),
                               duration_cell(row->p50_ns),
                               duration_cell(row->p95_ns),
                               duration_cell(row->p99_ns),
                               {}};
    if (with_subject) cells.push_back({subject_label(row->subject)});
    table.add_row(std::move(cells));
  }
  if (rows.size() > 1) table.add_row(total_row(context.report, rows, with_subject));
  return table;
}

// What the tables of one report have in common, so that they stand in line and read alike.
struct Layout {
  Table widest;  // of all rows
  Axis axis;
  std::vector<std::string> dropped;
  bool roomy = false;
};

void set_charts(Table& table, const TextContext& context, const Rows& rows, const Axis& axis) {
  const std::size_t column = table.column_index("DISTRIBUTION");
  if (axis.empty) return table.remove_column("DISTRIBUTION");
  table.rename_column(column, axis.cells() >= 12 ? "DISTRIBUTION" : "SPREAD");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    table.set_cell(i, column, {sparkline(*rows[i], axis, context.options.unicode), Tone::chart});
  }
}

// Columns give way, least important first, until the distribution has its smallest width.
Layout lay_out(const TextContext& context, const Rows& rows) {
  Layout layout{figures(context, rows), {}, {}, false};
  constexpr std::size_t kHeaderWidth = 12;  // DISTRIBUTION
  const auto room = [&] {
    const std::size_t other = layout.widest.width() - kHeaderWidth;
    return context.width > other ? context.width - other : 0;
  };
  for (const char* column : {"MIN", "P95", "AVG"}) {
    if (room() >= kSmallestChart) break;
    layout.widest.remove_column(column);
    layout.dropped.emplace_back(column);
  }
  layout.axis = common_axis(rows, std::clamp(room(), kSmallestChart, kWidestChart));
  set_charts(layout.widest, context, rows, layout.axis);
  layout.roomy = layout.widest.width() + layout.widest.columns() <= context.width;
  return layout;
}

std::string latency_table(const TextContext& context, const Rows& rows, const Layout& layout) {
  Table table = figures(context, rows);
  for (const std::string& column : layout.dropped) table.remove_column(column);
  set_charts(table, context, rows, layout.axis);
  table.align_with(layout.widest);
  return table.render(context.style, layout.roomy);
}

std::string footnote(const TextContext& context, const Layout& layout) {
  double bound = 0;
  std::uint64_t untimed = 0;
  bool exact = true;
  for (const SyscallRow& row : context.report.syscalls) {
    bound = std::max(bound, row.error_bound.value_or(0));
    untimed += row.untimed;
    exact = exact && row.extremes_exact;
  }
  std::string text;
  if (!layout.axis.empty) {
    text = fmt::format("{}: {}, {} per character; percentiles within {}",
                       layout.axis.cells() >= 12 ? "distribution" : "spread", layout.axis.label(),
                       layout.axis.per_cell == 1 ? "one power of two"
                                                 : fmt::format("{} powers of two", layout.axis.per_cell),
                       human_percent(bound));
  }
  if (!exact) text += "; MIN and MAX are edges of histogram buckets";
  if (untimed > 0)
    text +=
        fmt::format("; {} {} without a duration ({})", human_count(untimed), untimed == 1 ? "call" : "calls",
                    context.report.log                       ? "the log has none"
                    : context.report.ledger.total_lost() > 0 ? "refused, or their beginning was lost"
                    : context.report.ledger.refused          ? "refused before entry"
                                                             : "the tracer told none");
  if (!layout.dropped.empty()) {
    text += fmt::format("; {} left out to fit {} columns", fmt::join(layout.dropped, ", "), context.width);
  }
  if (text.starts_with("; ")) text.erase(0, 2);
  return text.empty() ? "" : context.style.dim(wrap_text(text, context.width, 0)) + "\n";
}

// From entry to the thread's next entry, where a log tells no more.
std::string gaps_table(const TextContext& context) {
  Rows rows;
  for (const SyscallRow& row : context.report.syscalls) {
    if (row.gaps) rows.push_back(&row);
  }
  if (rows.empty()) return "";
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto* a, const auto* b) { return a->gaps->total_ns > b->gaps->total_ns; });
  Table table;
  table.add_column("SYSCALL", Table::Align::left);
  for (const char* header : {"GAPS", "TOTAL", "MIN", "MAX", "P50", "P99"})
    table.add_column(header, Table::Align::right);
  if (context.report.by != GroupBy::none) table.add_column(by_header(context.report.by), Table::Align::left);
  for (const SyscallRow* row : rows) {
    const GapFigures& gaps = *row->gaps;
    std::vector<Cell> cells = {{call_label(context.report, row->abi, row->name)},
                               {human_count(gaps.count)},
                               {human_duration(gaps.total_ns)},
                               {human_duration(gaps.min_ns)},
                               {human_duration(gaps.max_ns)},
                               {human_duration(gaps.p50_ns)},
                               {human_duration(gaps.p99_ns)}};
    if (context.report.by != GroupBy::none) cells.push_back({subject_label(row->subject)});
    table.add_row(std::move(cells));
  }
  return "\n" + context.style.title("gaps") +
         context.style.dim(" (from a call's entry to its thread's next one: not how long the call took)") +
         "\n" + table.render(context.style, true);
}

std::string hidden_line(const TextContext& context) {
  const auto& hidden = context.report.rows_hidden;
  if (!hidden || *hidden == 0) return "";
  const std::string_view rows = *hidden == 1 ? "row is" : "rows are";
  return context.style.dim(
             fmt::format("{} more {} not shown (--top N shows N)", human_count(*hidden), rows)) +
         "\n";
}

std::string nothing_seen(const TextContext& context) {
  std::string text = "no system calls were observed";
  if (!context.report.target.filter.empty()) text += " (of those selected with -e)";
  return text + "\n";
}

}  // namespace

std::string latency_tables(const TextContext& context) {
  if (context.report.log && !has_durations(context.report)) return count_table(context) + gaps_table(context);
  const Rows working = select(context.report, false);
  const Rows waiting = select(context.report, true);
  if (working.empty() && waiting.empty()) return nothing_seen(context);
  Rows all = working;
  all.insert(all.end(), waiting.begin(), waiting.end());
  const Layout layout = lay_out(context, all);
  std::string out;
  if (!working.empty()) out += latency_table(context, working, layout);
  if (!waiting.empty()) {
    if (!working.empty()) out += "\n";
    out += context.style.title("waiting calls") +
           context.style.dim(" (made to sleep until something happens: long is not slow)") + "\n";
    out += latency_table(context, waiting, layout);
  }
  return out + footnote(context, layout) + hidden_line(context);
}

std::string count_table(const TextContext& context) {
  const Report& report = context.report;
  if (report.syscalls.empty()) return nothing_seen(context);
  const bool with_subject = report.by != GroupBy::none;
  Table table;
  table.add_column("SYSCALL", Table::Align::left);
  for (const char* header : {"COUNT", "RATE(/s)", "ERRORS"}) table.add_column(header, Table::Align::right);
  if (with_subject) table.add_column(by_header(report.by), Table::Align::left);
  std::uint64_t count = 0, errors = 0;
  for (const SyscallRow& row : report.syscalls) {
    count += row.count;
    errors += row.error_count;
    std::vector<Cell> cells = {{call_label(report, row.abi, row.name)},
                               {human_count(row.count)},
                               {human_rate(row.count, report.duration_ns.value_or(0))},
                               error_cell(row.error_count)};
    if (with_subject) cells.push_back({subject_label(row.subject)});
    table.add_row(std::move(cells));
  }
  if (report.syscalls.size() > 1) {
    std::vector<Cell> cells = {{total_label(report), Tone::dim},
                               {human_count(count)},
                               {human_rate(count, report.duration_ns.value_or(0))},
                               error_cell(errors)};
    if (with_subject) cells.emplace_back();
    table.add_row(std::move(cells));
  }
  return table.render(context.style, true) + hidden_line(context);
}

std::string histogram_section(const TextContext& context) {
  std::string out;
  for (const SyscallRow& row : context.report.syscalls) {
    const std::string bars = full_bars(row, context.width, context.options.unicode, context.style);
    if (bars.empty()) continue;
    out += "\n" + context.style.title(row_label(context.report, row)) +
           fmt::format(", {} calls\n", human_count(row.count)) + bars;
  }
  return out;
}

}  // namespace latimer
