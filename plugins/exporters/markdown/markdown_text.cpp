#include "plugins/exporters/markdown/markdown_text.h"

#include <algorithm>

#include "core/model/text_escape.h"

namespace latimer {

std::string markdown_text(std::string_view bytes) {
  // What means something inside a line; @ and # are names and numbers of tickets on many hosts.
  constexpr std::string_view kMarkup = "\\`*_[]<>|~&$@#";
  std::string result;
  for (const char c : escape_bytes(bytes)) {
    if (kMarkup.find(c) != std::string_view::npos) result.push_back('\\');
    result.push_back(c);
  }
  return result;
}

std::string markdown_code(std::string_view bytes) {
  const std::string text = escape_bytes(bytes);
  if (text.empty()) return "";
  std::size_t longest = 0, run = 0;
  std::string inside;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
    if (c == '|') inside.push_back('\\');
    inside.push_back(c);
  }
  const std::string fence(longest + 1, '`');
  // CommonMark takes one blank off each end when both are there: a name that begins with a backtick needs
  // them.
  const bool blanks = text.front() == '`' || text.back() == '`' || text.front() == ' ' || text.back() == ' ';
  const std::string pad = blanks ? " " : "";
  return fence + pad + inside + pad + fence;
}

MarkdownTable::MarkdownTable(std::vector<std::string> headers, std::size_t left)
    : headers_(std::move(headers)), left_(left) {}

std::string MarkdownTable::render() const {
  const auto line = [](const std::vector<std::string>& cells) {
    std::string text = "|";
    for (const std::string& cell : cells) text.append(" ").append(cell).append(" |");
    return text + "\n";
  };
  std::string out = line(headers_) + "|";
  for (std::size_t i = 0; i < headers_.size(); ++i) out += i < left_ ? " --- |" : " ---: |";
  out += "\n";
  for (const auto& row : rows_) out += line(row);
  return out;
}

}  // namespace latimer
