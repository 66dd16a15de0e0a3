#include <fmt/format.h>

#include <algorithm>

#include "plugins/exporters/text/table.h"
#include "validation/overhead/cells.h"

namespace latimer::overhead {
namespace {

constexpr std::size_t kWidth = 140;

std::string line_of(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (std::string cell : cells) {
    for (std::size_t at = 0; (at = cell.find('|', at)) != std::string::npos; at += 2)
      cell.insert(at, 1, '\\');
    line += " " + cell + " |";
  }
  return line + "\n";
}

std::string table_of(const OverheadReport& report, std::size_t task) {
  std::vector<std::string> titles = column_titles(report.tasks[task].figure);
  for (std::string& title : titles)
    std::transform(title.begin(), title.end(), title.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  std::string out = line_of(titles) + "|---|";
  for (std::size_t i = 1; i < titles.size(); ++i) out += "--:|";
  out += "\n";
  for (const Row& row : report.rows) {
    if (row.task == task) out += line_of(cells_of(report, row));
  }
  return out;
}

}  // namespace

std::string to_markdown(const OverheadReport& report) {
  std::string out = wrap_text(machine_of(report) + ".", kWidth, 0) + "\n\n" +
                    wrap_text(runs_of(report) + ".", kWidth, 0) + "\n\n## Limits\n\n";
  out +=
      wrap_text(summary_of(report) + ".", kWidth, 0) + "\n\n| | what | seen | limit |\n|---|---|---|---|\n";
  for (const Limit& limit : report.limits)
    out += line_of({verdict_word(limit.verdict), limit.about, seen_of(limit), limit.bound_text});
  const auto complaints = complaints_of(report);
  if (!complaints.empty()) out += "\n";
  for (const std::string& line : complaints) out += wrap_text("- " + line, kWidth, 2) + "\n";
  out += "\n## Figures\n\n" + wrap_text(legend(), kWidth, 0) + "\n";
  for (std::size_t task = 0; task < report.tasks.size(); ++task)
    out += fmt::format("\n### {}\n\n{}", title_of(report.tasks[task]), table_of(report, task));
  out += "\n## Who took part\n\n";
  for (const Competitor& one : report.competitors) out += fmt::format("- *{}*: {}\n", one.name, one.what);
  return out;
}

}  // namespace latimer::overhead
