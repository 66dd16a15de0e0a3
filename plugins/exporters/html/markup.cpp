#include "plugins/exporters/html/markup.h"

#include <fmt/format.h>

#include "plugins/exporters/human.h"

namespace latimer {

std::string paragraph(std::string_view text, std::string_view css_class) {
  if (css_class.empty()) return fmt::format("<p>{}</p>\n", text);
  return fmt::format("<p class=\"{}\">{}</p>\n", css_class, text);
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", human_count(count), count == 1 ? one : many);
}

}  // namespace latimer
