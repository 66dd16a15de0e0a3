#include "plugins/exporters/html/markup.h"

#include <fmt/format.h>

#include "core/model/text_escape.h"
#include "plugins/exporters/human.h"

namespace latimer {

std::string html_escape(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string html_bytes(std::string_view bytes) { return html_escape(escape_bytes(bytes)); }

std::string paragraph(std::string_view text, std::string_view css_class) {
  if (css_class.empty()) return fmt::format("<p>{}</p>\n", text);
  return fmt::format("<p class=\"{}\">{}</p>\n", css_class, text);
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", human_count(count), count == 1 ? one : many);
}

}  // namespace latimer
