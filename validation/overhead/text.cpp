#include <fmt/format.h>

#include "plugins/exporters/text/style.h"
#include "plugins/exporters/text/table.h"
#include "validation/overhead/cells.h"

namespace latimer::overhead {
namespace {

constexpr std::size_t kWidth = 120;

std::string table_of(const OverheadReport& report, std::size_t task, const Style& style) {
  Table table;
  bool first = true;
  for (const std::string& title : column_titles(report.tasks[task].figure)) {
    table.add_column(title, first ? Table::Align::left : Table::Align::right);
    first = false;
  }
  for (const Row& row : report.rows) {
    if (row.task != task) continue;
    std::vector<Table::Cell> cells;
    for (std::string& text : cells_of(report, row)) cells.push_back({std::move(text)});
    table.add_row(std::move(cells));
  }
  return table.empty() ? "not measured\n" : table.render(style, true);
}

std::string painted(const Style& style, Judgment verdict) {
  const std::string word = fmt::format("{:10}", verdict_word(verdict));
  if (verdict == Judgment::met) return style.good(word);
  return verdict == Judgment::missed ? style.bad(word) : style.warning(word);
}

}  // namespace

std::string to_text(const OverheadReport& report, bool color) {
  const Style style(color);
  std::string out = wrap_text("overhead: " + machine_of(report), kWidth, 2) + "\n" +
                    wrap_text(runs_of(report), kWidth, 2) + "\n";
  for (std::size_t task = 0; task < report.tasks.size(); ++task)
    out += "\n" + style.title(title_of(report.tasks[task])) + "\n" + table_of(report, task, style);
  out += "\n" + wrap_text(legend(), kWidth, 0) + "\n";
  if (!report.limits.empty()) out += "\n" + style.title("limits") + "\n";
  for (const Limit& limit : report.limits)
    out += fmt::format("  {} {} {}, limit {}\n", painted(style, limit.verdict), limit.about, seen_of(limit),
                       limit.bound_text);
  if (!report.limits.empty()) out += "  " + wrap_text(summary_of(report), kWidth, 2) + "\n";
  const auto complaints = complaints_of(report);
  if (!complaints.empty()) out += "\n";
  for (const std::string& line : complaints) out += wrap_text(line, kWidth, 2) + "\n";
  return out;
}

}  // namespace latimer::overhead
