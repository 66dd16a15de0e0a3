// What single calls tell: kinds of work, latency classes, tasks, files, peers, connections.
#include <fmt/format.h>

#include <algorithm>

#include "core/model/text_escape.h"
#include "plugins/exporters/human.h"
#include "plugins/exporters/text/sections.h"
#include "plugins/exporters/text/table.h"

namespace latimer {
namespace {

using Cell = Table::Cell;

constexpr std::size_t kMostRows = 10;  // of each table, unless --top says otherwise

std::string duration_text(const std::optional<std::uint64_t>& ns) { return ns ? human_duration(*ns) : "-"; }

std::string bytes_text(std::uint64_t bytes) { return bytes == 0 ? "-" : human_bytes(bytes); }

std::string time_text(const Activity& activity, std::uint64_t ns) {
  return activity.timed() ? human_duration(ns) : "-";
}

std::string share_text(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? "-" : human_percent(static_cast<double>(part) / static_cast<double>(whole));
}

// The end of a path says most.
std::string fitted(const std::string& name, std::size_t width) {
  std::string text = escape_bytes(name);
  if (display_width(text) <= width) return text;
  std::size_t from = text.size() - std::min(text.size(), width - 3);
  while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xc0U) == 0x80U) ++from;
  return "..." + text.substr(from);
}

std::string title(const TextContext& context, std::string_view text, std::string_view more) {
  std::string out = "\n" + context.style.title(std::string(text));
  if (!more.empty()) out += context.style.dim(fmt::format(" ({})", more));
  return out + "\n";
}

std::string hidden(const TextContext& context, std::size_t all, std::size_t shown, std::string_view what) {
  if (all <= shown) return "";
  // "process", "processes"; "file", "files"
  std::string_view one =
      what.ends_with("ses") ? what.substr(0, what.size() - 2) : what.substr(0, what.size() - 1);
  return context.style.dim(
      fmt::format("and {} more {}\n", human_count(all - shown), all - shown == 1 ? one : what));
}

// The last columns are the widest, and what the reader came for.
std::string rendered(const TextContext& context, Table& table,
                     std::initializer_list<std::string_view> least_wanted) {
  table.fit(context.width, least_wanted);
  return table.render(context.style, table.width() + table.columns() <= context.width);
}

std::size_t most_rows(const TextContext& context) { return context.options.top.value_or(kMostRows); }

std::string work_table(const TextContext& context, const Analysis& analysis, bool waits) {
  Table table;
  table.add_column(waits ? "WAITING FOR" : "WORK", Table::Align::left);
  for (const char* header : {"TIME", "SHARE", "CALLS", "ERRORS", "P50", "P99", "MAX", "READ", "WRITTEN"})
    table.add_column(header, Table::Align::right);
  table.add_column("", Table::Align::left);
  std::uint64_t whole = 0;
  for (const WorkRow& row : analysis.work)
    if (row.waits == waits) whole += row.activity.total_ns;
  for (const WorkRow& row : analysis.work) {
    if (row.waits != waits) continue;
    const Activity& a = row.activity;
    table.add_row({{std::string(to_string(row.work))},
                   {time_text(a, a.total_ns)},
                   {share_text(a.total_ns, whole)},
                   {human_count(a.count)},
                   {human_count(a.errors), a.errors > 0 ? Table::Tone::bad : Table::Tone::dim},
                   {duration_text(a.p50_ns)},
                   {duration_text(a.p99_ns)},
                   {time_text(a, a.max_ns)},
                   {bytes_text(a.read_bytes)},
                   {bytes_text(a.written_bytes)},
                   {row.bottleneck ? "<- bottleneck" : "", Table::Tone::bad}});
  }
  return table.empty() ? "" : rendered(context, table, {"P50", "MAX", "WRITTEN", "READ"});
}

std::string work_section(const TextContext& context, const Analysis& analysis) {
  const std::string working = work_table(context, analysis, false);
  const std::string waiting = work_table(context, analysis, true);
  std::string out = title(context, "where the time went", "by kind of work; waiting apart");
  return out + working + (waiting.empty() ? "" : "\n" + waiting);
}

std::string classes_section(const TextContext& context, const Analysis& analysis) {
  Table table;
  table.add_column("CLASS", Table::Align::left);
  for (const char* header : {"CALLS", "SHARE", "TIME", "SHARE OF TIME"})
    table.add_column(header, Table::Align::right);
  std::uint64_t calls = 0, time = 0;
  for (const LatencyClassRow& row : analysis.classes) {
    calls += row.count;
    time += row.total_ns;
  }
  if (calls == 0) return "";
  constexpr std::array<std::string_view, 4> kWhat = {"fast (below 10 us)", "medium (10 to 100 us)",
                                                     "slow (above 100 us)", "blocking (wait by nature)"};
  for (std::size_t i = 0; i < analysis.classes.size(); ++i) {
    const LatencyClassRow& row = analysis.classes[i];
    table.add_row({{std::string(kWhat[i])},
                   {human_count(row.count)},
                   {share_text(row.count, calls)},
                   {human_duration(row.total_ns)},
                   {share_text(row.total_ns, time)}});
  }
  return title(context, "how long calls took", "") + rendered(context, table, {});
}

std::string at_least(bool not_all, std::uint64_t count) { return (not_all ? ">=" : "") + human_count(count); }

std::string tasks_section(const TextContext& context, const std::vector<TaskRow>& rows, bool threads) {
  if (rows.size() < 2 && !threads) return "";
  Table table;
  table.add_column("PID", Table::Align::right);
  if (threads) table.add_column("TID", Table::Align::right);
  table.add_column("COMM", Table::Align::left);
  for (const char* header : {"WORKING", "I/O", "WAITING", "CALLS", "ERRORS", "P99", "READ", "WRITTEN"})
    table.add_column(header, Table::Align::right);
  const std::size_t shown = std::min(rows.size(), most_rows(context));
  for (std::size_t i = 0; i < shown; ++i) {
    const TaskRow& row = rows[i];
    const Activity& a = row.activity;
    std::vector<Cell> cells{{fmt::format("{}", row.pid)}};
    if (threads) cells.push_back({fmt::format("{}", row.tid)});
    for (Cell cell :
         {Cell{escape_bytes(row.comm)}, Cell{time_text(a, a.working_ns())}, Cell{time_text(a, row.io_ns)},
          Cell{time_text(a, a.waiting_ns)}, Cell{at_least(row.at_least, a.count)},
          Cell{human_count(a.errors)}, Cell{duration_text(a.p99_ns)}, Cell{bytes_text(a.read_bytes)},
          Cell{bytes_text(a.written_bytes)}})
      cells.push_back(std::move(cell));
    table.add_row(std::move(cells));
  }
  return title(context, threads ? "threads" : "processes", threads ? "who does the I/O" : "") +
         rendered(context, table, {"P99", "ERRORS", "WRITTEN", "READ"}) +
         hidden(context, rows.size(), shown, threads ? "threads" : "processes");
}

std::string targets_section(const TextContext& context, const std::vector<TargetRow>& rows, std::size_t all,
                            std::string_view what) {
  if (rows.empty()) return "";
  Table table;
  for (const char* header : {"WORKING", "CALLS", "ERRORS", "P50", "P99", "READ", "WRITTEN"})
    table.add_column(header, Table::Align::right);
  table.add_column(what == "files" ? "FILE" : "PEER", Table::Align::left);
  const std::size_t shown = std::min(rows.size(), most_rows(context));
  for (std::size_t i = 0; i < shown; ++i) {
    const Activity& a = rows[i].activity;
    table.add_row(
        {{time_text(a, a.working_ns())},
         {at_least(rows[i].at_least, a.count)},
         {human_count(a.errors), a.errors > 0 ? Table::Tone::bad : Table::Tone::dim},
         {duration_text(a.p50_ns)},
         {duration_text(a.p99_ns)},
         {bytes_text(a.read_bytes)},
         {bytes_text(a.written_bytes)},
         {fitted(rows[i].name,
                 std::max<std::size_t>(24, context.width - std::min<std::size_t>(context.width, 66)))}});
  }
  return title(context, what == "files" ? "hot files" : "peers", "") +
         rendered(context, table, {"P50", "ERRORS", "P99", "WRITTEN", "READ"}) +
         hidden(context, all, shown, what);
}

std::string connections_section(const TextContext& context, const std::vector<ConnectionRow>& rows) {
  if (rows.empty()) return "";
  Table table;
  for (const char* header :
       {"COUNT", "FAILED", "ESTABLISH P50", "MAX", "FIRST BYTE P50", "MAX", "LIFE P50", "READ", "WRITTEN"})
    table.add_column(header, Table::Align::right);
  table.add_column("PEER", Table::Align::left);
  const std::size_t shown = std::min(rows.size(), most_rows(context));
  for (std::size_t i = 0; i < shown; ++i) {
    const ConnectionRow& row = rows[i];
    table.add_row({{human_count(row.count)},
                   {human_count(row.failed), row.failed > 0 ? Table::Tone::bad : Table::Tone::dim},
                   {duration_text(row.establish_p50_ns)},
                   {duration_text(row.establish_max_ns)},
                   {duration_text(row.first_byte_p50_ns)},
                   {duration_text(row.first_byte_max_ns)},
                   {duration_text(row.lifetime_p50_ns)},
                   {bytes_text(row.read_bytes)},
                   {bytes_text(row.written_bytes)},
                   {fitted(row.peer, 40)}});
  }
  return title(context, "connections", "") +
         rendered(context, table, {"MAX", "MAX", "LIFE P50", "FAILED", "WRITTEN", "READ"}) +
         hidden(context, rows.size(), shown, "peers");
}

std::string summary_line(const TextContext& context, const Analysis& analysis) {
  const Activity& all = analysis.all;
  std::string text = fmt::format("{} calls", human_count(all.count));
  if (all.errors > 0) text += fmt::format(", {} failed", human_count(all.errors));
  if (all.reads + all.writes > 0) {
    text += fmt::format("; {} in {} reads, {} in {} writes", human_bytes(all.read_bytes),
                        human_count(all.reads), human_bytes(all.written_bytes), human_count(all.writes));
    if (all.writes > 0)
      text += fmt::format(" ({:.2f} reads to a write)",
                          static_cast<double>(all.reads) / static_cast<double>(all.writes));
  }
  if (analysis.unknown_targets.count > 0)
    text += fmt::format("; {} calls on descriptors that nobody named",
                        human_count(analysis.unknown_targets.count));
  if (analysis.other_target_count > 0)
    text += fmt::format("; {} calls on files and peers beyond the hottest",
                        human_count(analysis.other_targets.count));
  return wrap_text(text, context.width, 0) + "\n";
}

}  // namespace

std::string analysis_section(const TextContext& context) {
  if (!context.report.analysis) return "";
  const Analysis& analysis = *context.report.analysis;
  return summary_line(context, analysis) + work_section(context, analysis) +
         classes_section(context, analysis) + tasks_section(context, analysis.processes, false) +
         tasks_section(context, analysis.threads, true) +
         targets_section(context, analysis.files, analysis.files_in_all, "files") +
         targets_section(context, analysis.peers, analysis.peers_in_all, "peers") +
         connections_section(context, analysis.connections);
}

}  // namespace latimer
