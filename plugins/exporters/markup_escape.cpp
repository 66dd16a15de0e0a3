#include "plugins/exporters/markup_escape.h"

#include "core/model/text_escape.h"

namespace latimer {

std::string markup_escape(std::string_view text) {
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

std::string markup_bytes(std::string_view bytes) { return markup_escape(escape_bytes(bytes)); }

}  // namespace latimer
