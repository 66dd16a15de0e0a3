#include <fmt/format.h>

#include <algorithm>

#include "core/model/text_escape.h"
#include "plugins/exporters/html/bars.h"
#include "plugins/exporters/html/html_table.h"
#include "plugins/exporters/html/markup.h"
#include "plugins/exporters/html/sections.h"
#include "plugins/exporters/human.h"
#include "plugins/exporters/labels.h"
#include "plugins/exporters/markup_escape.h"

namespace latimer {
namespace {

using Rows = std::vector<const SyscallRow*>;

template <typename Wanted>
Rows select(const Report& report, Wanted wanted) {
  Rows rows;
  for (const SyscallRow& row : report.syscalls) {
    if (wanted(row)) rows.push_back(&row);
  }
  return rows;
}

std::string calls_table(const Report& report, const Rows& rows, const BarSpan& span, const std::string& id,
                        const std::string& caption) {
  HtmlTable table(id, caption);
  table.column("Call", HtmlTable::Kind::text);
  if (report.by != GroupBy::none) table.column(std::string(to_string(report.by)), HtmlTable::Kind::text);
  table.numbers({"Count", "Errors", "Total", "Average", "p50", "p95", "p99", "Max"});
  if (!span.empty) table.column("Durations, " + span.label(), HtmlTable::Kind::graphic);
  for (const SyscallRow* row : rows) {
    table.row();
    table.html(markup_escape(call_label(report, row->abi, row->name)));
    if (report.by != GroupBy::none) table.html(markup_escape(subject_label(row->subject)));
    table.count(row->count);
    table.count(row->error_count);
    for (const auto& ns : {row->total_ns, row->avg_ns, row->p50_ns, row->p95_ns, row->p99_ns, row->max_ns})
      table.duration(ns);
    if (!span.empty) table.graphic(distribution_bars(*row, span));
  }
  return table.render();
}

std::string errors_table(const Report& report) {
  HtmlTable table("errors-table", "How often calls failed, and why");
  table.column("Call", HtmlTable::Kind::text);
  table.column("Error", HtmlTable::Kind::text);
  table.numbers({"Count"});
  for (const SyscallRow& row : report.syscalls) {
    for (const ErrorCount& error : row.errors) {
      table.row();
      table.html(markup_escape(row_label(report, row)));
      table.bytes(error.name);
      table.count(error.count);
    }
  }
  return table.empty() ? "" : "<h3>Errors</h3>\n" + table.render();
}

std::string speeds_table(const Report& report) {
  HtmlTable table("speeds-table",
                  "Calls whose durations lie in several humps: an average says nothing of either");
  table.column("Call", HtmlTable::Kind::text);
  table.numbers({"Share of calls", "Median", "From", "To"});
  for (const SyscallRow& row : report.syscalls) {
    for (const LatencyMode& mode : row.modes) {
      table.row();
      table.html(markup_escape(row_label(report, row)));
      table.share(mode.share);
      table.duration(mode.p50_ns);
      table.duration(mode.lo_ns);
      table.duration(mode.hi_ns);
    }
  }
  return table.empty() ? "" : "<h3>Several speeds</h3>\n" + table.render();
}

// Where a log tells no durations.
std::string gaps_table(const Report& report) {
  HtmlTable table("gaps-table", "From a call's entry to its thread's next one: not how long the call took");
  table.column("Call", HtmlTable::Kind::text);
  table.numbers({"Gaps", "Total", "Min", "Max", "p50", "p99"});
  for (const SyscallRow& row : report.syscalls) {
    if (!row.gaps) continue;
    table.row();
    table.html(markup_escape(row_label(report, row)));
    table.count(row.gaps->count);
    for (const std::uint64_t ns :
         {row.gaps->total_ns, row.gaps->min_ns, row.gaps->max_ns, row.gaps->p50_ns, row.gaps->p99_ns})
      table.duration(ns);
  }
  return table.empty() ? "" : "<h3>Gaps</h3>\n" + table.render();
}

// Calls that did not end as calls do.
std::string special_ends(const Report& report) {
  std::string items;
  for (const SyscallRow& row : report.syscalls) {
    const std::string label = markup_escape(row_label(report, row));
    if (row.killed_inside.value_or(0) > 0)
      items += fmt::format("<li>{}: the caller died in {}</li>\n", label,
                           counted(*row.killed_inside, "call", "calls"));
    if (row.logical_count && *row.logical_count < row.count)
      items += fmt::format("<li>{}: {} of {} returns went on with an interrupted call</li>\n", label,
                           human_count(row.count - *row.logical_count), human_count(row.count));
  }
  return items.empty() ? "" : "<h3>Died in, restarted</h3>\n<ul>\n" + items + "</ul>\n";
}

std::string notes(const Report& report) {
  double bound = 0;
  std::uint64_t untimed = 0;
  for (const SyscallRow& row : report.syscalls) {
    bound = std::max(bound, row.error_bound.value_or(0));
    untimed += row.untimed;
  }
  std::string text;
  if (bound > 0) text += "Percentiles are within " + human_percent(bound) + ". ";
  if (untimed > 0) text += counted(untimed, "call has", "calls have") + " no duration. ";
  if (report.rows_hidden.value_or(0) > 0)
    text += counted(*report.rows_hidden, "more row is", "more rows are") + " not shown.";
  return text.empty() ? "" : paragraph(markup_escape(text), "dim");
}

}  // namespace

Part calls_part(const Report& report) {
  const Rows all = select(report, [](const SyscallRow&) { return true; });
  if (all.empty()) return {"calls", "System calls", paragraph("No system calls were observed.")};
  const Rows working = select(report, [](const SyscallRow& row) { return !row.waiting; });
  const Rows waiting = select(report, [](const SyscallRow& row) { return row.waiting; });
  const BarSpan span = common_span(all);
  std::string body;
  if (!working.empty()) body += calls_table(report, working, span, "calls-table", "Calls that do something");
  if (!waiting.empty()) {
    body +=
        "<h3>Waiting calls</h3>\n" + calls_table(report, waiting, span, "waiting-table",
                                                 "Made to sleep until something happens: long is not slow");
  }
  return {"calls", "System calls",
          body + notes(report) + errors_table(report) + special_ends(report) + speeds_table(report) +
              gaps_table(report)};
}

}  // namespace latimer
