#include <fmt/format.h>

#include <algorithm>

#include "plugins/exporters/html/html_table.h"
#include "plugins/exporters/html/markup.h"
#include "plugins/exporters/html/sections.h"

namespace latimer {

Part connections_part(const Report& report) {
  const std::string id = "connections", title = "Connections";
  if (!report.analysis) return {id, title, paragraph("Not known: single calls were not looked at.")};
  const auto& rows = report.analysis->connections;
  if (rows.empty()) return {id, title, paragraph("None were seen.")};
  HtmlTable table("connections-table", "By peer; a client's port is left out");
  table.column("Peer", HtmlTable::Kind::text);
  table.numbers({"Connections", "Failed", "Establish p50", "Establish max", "First byte p50",
                 "First byte max", "Lifetime p50", "Lifetime max", "Read", "Written"});
  const std::size_t shown = std::min(rows.size(), kMostHtmlRows);
  for (std::size_t i = 0; i < shown; ++i) {
    const ConnectionRow& row = rows[i];
    table.row();
    table.bytes(row.peer);
    table.count(row.count);
    table.count(row.failed);
    for (const auto& ns : {row.establish_p50_ns, row.establish_max_ns, row.first_byte_p50_ns,
                           row.first_byte_max_ns, row.lifetime_p50_ns, row.lifetime_max_ns})
      table.duration(ns);
    table.size(row.read_bytes);
    table.size(row.written_bytes);
  }
  std::string body = table.render();
  if (rows.size() > shown)
    body += paragraph(counted(rows.size() - shown, "more peer is", "more peers are") + " not shown.", "more");
  return {id, title, body};
}

}  // namespace latimer
