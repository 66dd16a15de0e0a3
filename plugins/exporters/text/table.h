// A table of text cells, aligned by the width on screen.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/exporters/text/style.h"

namespace latimer {

class Table {
 public:
  enum class Align { left, right };
  enum class Tone { plain, dim, bad, chart };
  struct Cell {
    std::string text;  // without control characters
    Tone tone = Tone::plain;
  };

  void add_column(std::string header, Align align) { columns_.push_back({std::move(header), align, 0}); }
  void add_row(std::vector<Cell> cells) { rows_.push_back(std::move(cells)); }
  void remove_column(std::string_view header);
  void remove_columns(std::size_t first, std::size_t count);
  // Removes these columns, one after the other, until a line has at most `width` columns.
  void fit(std::size_t width, std::initializer_list<std::string_view> least_wanted);
  void rename_column(std::size_t index, std::string header) { columns_[index].header = std::move(header); }
  void set_cell(std::size_t row, std::size_t column, Cell cell) { rows_[row][column] = std::move(cell); }
  [[nodiscard]] std::size_t column_index(std::string_view header) const;  // columns() when there is none
  [[nodiscard]] std::size_t columns() const { return columns_.size(); }

  // At least as wide as the columns of the same name in `other`, so that two tables stand in line.
  void align_with(const Table& other);

  [[nodiscard]] std::size_t column_width(std::size_t index) const;
  [[nodiscard]] std::size_t width() const;  // of a full line
  [[nodiscard]] bool empty() const { return rows_.empty(); }

  // One header line and one line per row; columns are one blank apart, or two where `roomy`.
  [[nodiscard]] std::string render(const Style& style, bool roomy) const;

 private:
  struct Column {
    std::string header;
    Align align;
    std::size_t least_width = 0;
  };
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

// Stands for a blank at which no line ends.
inline constexpr char kNoBreak = '\x1f';

// `text` broken at blanks into lines of at most `width` columns; lines after the first begin with `indent`
// blanks. A word that is wider than a line stays whole.
[[nodiscard]] std::string wrap_text(std::string_view text, std::size_t width, std::size_t indent);

}  // namespace latimer
