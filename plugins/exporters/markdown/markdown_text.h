// Text and tables of Markdown. Names may hold anything, and none of it may become markup.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace latimer {

// Prose: escape_bytes(), and a backslash before everything that means something to Markdown or HTML.
[[nodiscard]] std::string markdown_text(std::string_view bytes);

// A name, as code: between backticks, more of them than it has itself; in a table '|' is escaped, too.
[[nodiscard]] std::string markdown_code(std::string_view bytes);

class MarkdownTable {
 public:
  // `left`: how many columns are text and stand left; the others are numbers.
  MarkdownTable(std::vector<std::string> headers, std::size_t left);
  void add_row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }  // markup already
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  [[nodiscard]] std::string render() const;

 private:
  std::vector<std::string> headers_;
  std::size_t left_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace latimer
