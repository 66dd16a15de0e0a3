// Files and peers: what calls were about.
#include <fmt/format.h>

#include <algorithm>

#include "plugins/exporters/html/activity_columns.h"
#include "plugins/exporters/html/markup.h"
#include "plugins/exporters/html/sections.h"
#include "plugins/exporters/human.h"
#include "plugins/exporters/markup_escape.h"

namespace latimer {
namespace {

std::string targets_table(const std::vector<TargetRow>& rows, const std::string& id,
                          const std::string& caption, bool with_opens) {
  HtmlTable table(id, caption);
  table.column("Name", HtmlTable::Kind::text);
  table.column("Kind", HtmlTable::Kind::text);
  add_activity_columns(table);
  if (with_opens) table.numbers({"Opens"});
  for (std::size_t i = 0; i < std::min(rows.size(), kMostHtmlRows); ++i) {
    table.row();
    table.bytes(rows[i].name);
    table.html(markup_escape(to_string(rows[i].kind)) + (rows[i].at_least ? ", at least" : ""));
    add_activity_cells(table, rows[i].activity);
    if (with_opens) table.count(rows[i].opens);
  }
  return table.render();
}

// How many there are beyond the table, whether the analysis or this page left them out.
std::string more_than_shown(std::size_t shown, std::uint64_t in_all, std::string_view one,
                            std::string_view many) {
  if (in_all <= shown) return "";
  return paragraph(fmt::format("Not shown: {} with less working time.", counted(in_all - shown, one, many)),
                   "more");
}

std::string of_others(const std::string& what, const Activity& activity) {
  return paragraph(markup_escape(fmt::format(
      "{}: {}, {} working, {} waiting, {} read, {} written.", what, counted(activity.count, "call", "calls"),
      human_duration(activity.working_ns()), human_duration(activity.waiting_ns),
      human_bytes(activity.read_bytes), human_bytes(activity.written_bytes))));
}

std::string rest_of(const Analysis& analysis) {
  std::string out;
  if (analysis.other_targets.count > 0)
    out += of_others(fmt::format("Files and peers for which there was no room any more (at most {})",
                                 human_count(analysis.other_target_count)),
                     analysis.other_targets);
  if (analysis.unknown_targets.count > 0)
    out += of_others("On descriptors that nobody named", analysis.unknown_targets);
  return out;
}

}  // namespace

Part files_part(const Report& report) {
  const std::string id = "files", title = "Hot files";
  if (!report.analysis) return {id, title, paragraph("Not known: single calls were not looked at.")};
  const Analysis& analysis = *report.analysis;
  if (analysis.files.empty()) return {id, title, paragraph("None were seen.") + rest_of(analysis)};
  const std::size_t shown = std::min(analysis.files.size(), kMostHtmlRows);
  const std::uint64_t in_all = std::max<std::uint64_t>(analysis.files_in_all, analysis.files.size());
  return {id, title,
          targets_table(analysis.files, "files-table", "By working time, most first", true) +
              more_than_shown(shown, in_all, "more file", "more files") + rest_of(analysis)};
}

Part peers_part(const Report& report) {
  const std::string id = "peers", title = "Peers";
  if (!report.analysis) return {id, title, paragraph("Not known: single calls were not looked at.")};
  const Analysis& analysis = *report.analysis;
  if (analysis.peers.empty()) return {id, title, paragraph("None were seen.")};
  const std::size_t shown = std::min(analysis.peers.size(), kMostHtmlRows);
  const std::uint64_t in_all = std::max<std::uint64_t>(analysis.peers_in_all, analysis.peers.size());
  return {
      id, title,
      targets_table(analysis.peers, "peers-table", "Sockets and pipes by working time, most first", false) +
          more_than_shown(shown, in_all, "more peer", "more peers")};
}

}  // namespace latimer
