// Processes and threads, and calls by how fast they are.
#include <fmt/format.h>

#include <algorithm>

#include "plugins/exporters/html/activity_columns.h"
#include "plugins/exporters/html/bars.h"
#include "plugins/exporters/html/markup.h"
#include "plugins/exporters/html/sections.h"
#include "plugins/exporters/markup_escape.h"

namespace latimer {
namespace {

std::string tasks_table(const std::vector<TaskRow>& rows, bool threads, const std::string& id,
                        const std::string& caption) {
  HtmlTable table(id, caption);
  table.numbers({threads ? "Thread" : "Process"});
  if (threads) table.numbers({"Process"});
  table.column("Command", HtmlTable::Kind::text);
  add_activity_columns(table);
  table.numbers({"I/O"});
  const std::size_t shown = std::min(rows.size(), kMostHtmlRows);
  for (std::size_t i = 0; i < shown; ++i) {
    table.row();
    if (threads) table.id_number(rows[i].tid);
    table.id_number(rows[i].pid);
    table.bytes(rows[i].at_least ? rows[i].comm + " (at least)" : rows[i].comm);
    add_activity_cells(table, rows[i].activity);
    table.duration(rows[i].io_ns);
  }
  std::string out = table.render();
  if (rows.size() > shown) {
    out += paragraph(counted(rows.size() - shown, threads ? "more thread is" : "more process is",
                             threads ? "more threads are" : "more processes are") +
                         " not shown.",
                     "more");
  }
  return out;
}

std::string_view bounds_of(std::string_view latency_class) {
  if (latency_class == "fast") return "calls that take less than 10us on average";
  if (latency_class == "medium") return "10us to 100us on average";
  if (latency_class == "slow") return "more than 100us on average";
  return "calls that wait by nature";
}

}  // namespace

Part tasks_part(const Report& report) {
  const std::string id = "tasks", title = "Processes and threads";
  if (!report.analysis) return {id, title, paragraph("Not known: single calls were not looked at.")};
  const Analysis& analysis = *report.analysis;
  if (analysis.processes.empty() && analysis.threads.empty())
    return {id, title, paragraph("None were seen.")};
  return {id, title,
          tasks_table(analysis.processes, false, "processes-table", "Processes, by time, most first") +
              tasks_table(analysis.threads, true, "threads-table", "Threads, by time, most first")};
}

Part latency_classes_part(const Report& report) {
  const std::string id = "classes", title = "Latency classes";
  if (!report.analysis) return {id, title, paragraph("Not known: single calls were not looked at.")};
  const auto& classes = report.analysis->classes;
  std::uint64_t calls = 0;
  for (const LatencyClassRow& row : classes) calls += row.count;
  HtmlTable table("classes-table", "Calls by how long they take");
  table.column("Class", HtmlTable::Kind::text);
  table.numbers({"Calls", "Share of calls"});
  table.column("", HtmlTable::Kind::graphic);
  table.numbers({"Time"});
  for (const LatencyClassRow& row : classes) {
    const double share = calls == 0 ? 0 : static_cast<double>(row.count) / static_cast<double>(calls);
    table.row();
    table.html(fmt::format("{} <span class=\"dim\">{}</span>", markup_escape(row.name), bounds_of(row.name)));
    table.count(row.count);
    table.share(share);
    table.graphic(share_bar(share));
    table.duration(row.total_ns);
  }
  return {id, title, table.render()};
}

}  // namespace latimer
