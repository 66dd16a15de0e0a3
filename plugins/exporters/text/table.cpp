#include "plugins/exporters/text/table.h"

#include <algorithm>

#include "plugins/exporters/human.h"

namespace latimer {
namespace {

std::string paint(const Style& style, Table::Tone tone, const std::string& text) {
  switch (tone) {
    case Table::Tone::plain:
      return text;
    case Table::Tone::dim:
      return style.dim(text);
    case Table::Tone::bad:
      return style.bad(text);
    case Table::Tone::chart:
      return style.chart(text);
  }
  return text;
}

}  // namespace

std::size_t Table::column_index(std::string_view header) const {
  const auto found =
      std::find_if(columns_.begin(), columns_.end(), [&](const Column& c) { return c.header == header; });
  return static_cast<std::size_t>(found - columns_.begin());
}

void Table::remove_column(std::string_view header) {
  const auto index = static_cast<std::ptrdiff_t>(column_index(header));
  if (column_index(header) == columns_.size()) return;
  columns_.erase(columns_.begin() + index);
  for (auto& row : rows_) row.erase(row.begin() + index);
}

void Table::remove_columns(std::size_t first, std::size_t count) {
  const auto from = static_cast<std::ptrdiff_t>(first), to = static_cast<std::ptrdiff_t>(first + count);
  columns_.erase(columns_.begin() + from, columns_.begin() + to);
  for (auto& row : rows_) row.erase(row.begin() + from, row.begin() + to);
}

void Table::fit(std::size_t width, std::initializer_list<std::string_view> least_wanted) {
  for (const std::string_view header : least_wanted) {
    if (this->width() <= width) return;
    remove_column(header);
  }
}

void Table::align_with(const Table& other) {
  for (Column& column : columns_) {
    const std::size_t index = other.column_index(column.header);
    if (index < other.columns_.size()) column.least_width = other.column_width(index);
  }
}

std::size_t Table::column_width(std::size_t index) const {
  std::size_t width = std::max(columns_[index].least_width, display_width(columns_[index].header));
  for (const auto& row : rows_) width = std::max(width, display_width(row[index].text));
  return width;
}

std::size_t Table::width() const {
  std::size_t total = columns_.empty() ? 0 : columns_.size() - 1;
  for (std::size_t i = 0; i < columns_.size(); ++i) total += column_width(i);
  return total;
}

std::string Table::render(const Style& style, bool roomy) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) widths.push_back(column_width(i));
  const std::string gap(roomy ? 2 : 1, ' ');
  std::string out;
  const auto line = [&](const auto& cell_text, const auto& painted) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const bool left = columns_[i].align == Align::left;
      const std::string padding(widths[i] - display_width(cell_text(i)), ' ');
      if (i > 0) out += gap;
      if (!left) out += padding;
      out += painted(i);
      if (left && i + 1 < columns_.size()) out += padding;
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    out += '\n';
  };
  line([&](std::size_t i) { return columns_[i].header; },
       [&](std::size_t i) { return style.title(columns_[i].header); });
  for (const auto& row : rows_) {
    line([&](std::size_t i) { return row[i].text; },
         [&](std::size_t i) { return paint(style, row[i].tone, row[i].text); });
  }
  return out;
}

std::string wrap_text(std::string_view text, std::size_t width, std::size_t indent) {
  std::string out;
  std::size_t column = 0;
  bool at_start = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    std::string word(text.substr(0, end));
    std::replace(word.begin(), word.end(), kNoBreak, ' ');
    const std::size_t word_width = display_width(word);
    if (!at_start && column + 1 + word_width > width) {
      while (!out.empty() && out.back() == ' ') out.pop_back();
      out += '\n';
      out.append(indent, ' ');
      column = indent;
    } else if (!at_start) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word_width;
    at_start = false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace latimer
