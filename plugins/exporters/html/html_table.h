// A table that can be sorted, in a container of its own that scrolls when the screen is narrow.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace latimer {

class HtmlTable {
 public:
  enum class Kind { text, number, graphic };  // graphics are not sorted by

  // `id` of the table; `caption` is text.
  HtmlTable(std::string id, std::string caption) : id_(std::move(id)), caption_(std::move(caption)) {}

  void column(std::string header, Kind kind) { columns_.push_back({std::move(header), kind}); }
  void numbers(std::initializer_list<std::string_view> headers);

  void row() { rows_.emplace_back(); }  // the cells that follow are its; the first one names it
  void bytes(std::string_view bytes);   // anybody's: escaped here
  void html(std::string html) { rows_.back().push_back({std::move(html), ""}); }
  void graphic(std::string html) { rows_.back().push_back({std::move(html), ""}); }
  void number(double value, const std::string& shown);
  void id_number(std::int64_t value);  // a pid: no thousands separators
  void count(std::uint64_t value);
  void duration(const std::optional<std::uint64_t>& ns);
  void size(std::uint64_t bytes);
  void share(double value);
  void unknown();

  [[nodiscard]] bool empty() const { return rows_.empty(); }
  [[nodiscard]] std::string render() const;

 private:
  struct Column {
    std::string header;
    Kind kind;
  };
  struct Cell {
    std::string html;
    std::string attributes;  // data-value
  };
  void exact(std::uint64_t value, const std::string& shown);
  [[nodiscard]] std::string head() const;

  std::string id_, caption_;
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace latimer
