#include <algorithm>

#include "plugins/exporters/html/activity_columns.h"
#include "plugins/exporters/html/bars.h"
#include "plugins/exporters/html/markup.h"
#include "plugins/exporters/html/sections.h"
#include "plugins/exporters/markup_escape.h"

namespace latimer {
namespace {

double share_of(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

// In words, so that it is not told by colour alone.
std::string work_name(const WorkRow& row) {
  std::string name = markup_escape(to_string(row.work));
  if (row.bottleneck) name += "<span class=\"badge\">bottleneck</span>";
  if (row.waits) name += " <span class=\"dim\">(waits by nature)</span>";
  return name;
}

}  // namespace

Part work_part(const Report& report) {
  const std::string title = "I/O and work";
  if (!report.analysis || report.analysis->work.empty())
    return {"work", title, paragraph("Not known: single calls were not looked at.")};
  std::uint64_t working = 0;
  for (const WorkRow& row : report.analysis->work) working += row.activity.working_ns();
  HtmlTable table("work-table",
                  "What the time in system calls went for, most first; the share is of working time");
  table.column("Work", HtmlTable::Kind::text);
  table.numbers({"Share"});
  table.column("", HtmlTable::Kind::graphic);
  add_activity_columns(table);
  for (const WorkRow& row : report.analysis->work) {
    const double share = share_of(row.activity.working_ns(), working);
    table.row();
    table.html(work_name(row));
    table.share(share);
    table.graphic(share_bar(share));
    add_activity_cells(table, row.activity);
  }
  return {"work", title,
          table.render() +
              paragraph("Working time is spent in calls that do something; waiting time in calls that "
                        "are made to sleep until something happens: long is not slow there.",
                        "dim")};
}

}  // namespace latimer
