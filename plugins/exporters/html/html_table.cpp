#include "plugins/exporters/html/html_table.h"

#include <fmt/format.h>

#include "plugins/exporters/html/markup.h"
#include "plugins/exporters/human.h"
#include "plugins/exporters/markup_escape.h"

namespace latimer {
namespace {

std::string_view css_class(HtmlTable::Kind kind, bool names_row) {
  if (kind == HtmlTable::Kind::number) return " class=\"n\"";
  return names_row && kind == HtmlTable::Kind::text ? " class=\"w\"" : "";
}

}  // namespace

void HtmlTable::numbers(std::initializer_list<std::string_view> headers) {
  for (const std::string_view header : headers) column(std::string(header), Kind::number);
}

void HtmlTable::bytes(std::string_view bytes) { html(markup_bytes(bytes)); }

void HtmlTable::number(double value, const std::string& shown) {
  rows_.back().push_back({markup_escape(shown), fmt::format(" data-value=\"{}\"", value)});
}

void HtmlTable::exact(std::uint64_t value, const std::string& shown) {
  rows_.back().push_back({markup_escape(shown), fmt::format(" data-value=\"{}\"", value)});
}

void HtmlTable::id_number(std::int64_t value) {
  rows_.back().push_back({fmt::format("{}", value), fmt::format(" data-value=\"{}\"", value)});
}

void HtmlTable::count(std::uint64_t value) { exact(value, human_count(value)); }
void HtmlTable::size(std::uint64_t bytes) { exact(bytes, human_bytes(bytes)); }
void HtmlTable::share(double value) { number(value, human_percent(value)); }

void HtmlTable::duration(const std::optional<std::uint64_t>& ns) {
  if (!ns) return unknown();
  exact(*ns, human_duration(*ns));
}

// Empty, never 0: a script or a test must not take it for a number.
void HtmlTable::unknown() {
  rows_.back().push_back({"<span title=\"not known\">–</span>", " data-value=\"\""});
}

// The buttons begin disabled: without the script they would do nothing.
std::string HtmlTable::head() const {
  std::string out = "<thead>\n<tr>";
  for (const Column& column : columns_) {
    const std::string name = markup_escape(column.header);
    if (column.kind == Kind::graphic) {
      out += fmt::format("<th scope=\"col\">{}</th>", name);
    } else {
      out += fmt::format(
          "<th scope=\"col\"{} aria-sort=\"none\"><button type=\"button\" disabled>{}</button></th>",
          css_class(column.kind, false), name);
    }
  }
  return out + "</tr>\n</thead>\n";
}

// What the table is about stands outside of the part that scrolls: it would be cut on a phone.
std::string HtmlTable::render() const {
  std::string out = fmt::format(
      "<p class=\"caption\" id=\"{0}-caption\">{1}</p>\n"
      "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-labelledby=\"{0}-caption\">\n"
      "<table id=\"{0}\" aria-labelledby=\"{0}-caption\">\n",
      id_, markup_escape(caption_));
  out += head() + "<tbody>\n";
  for (const auto& row : rows_) {
    out += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string_view tag = i == 0 ? "th" : "td";
      out += fmt::format("<{}{}{}{}>{}</{}>", tag, i == 0 ? " scope=\"row\"" : "",
                         css_class(columns_[i].kind, i == 0), row[i].attributes, row[i].html, tag);
    }
    out += "</tr>\n";
  }
  return out + "</tbody>\n</table>\n</div>\n";
}

}  // namespace latimer
