#include "plugins/exporters/text/sections.h"
#include "plugins/exporters/text/table.h"

namespace latimer {

std::string labelled(const TextContext& context, const std::string& painted_label, std::size_t label_width,
                     const std::string& text) {
  const std::size_t pad = label_width < kLabelWidth ? kLabelWidth - label_width : 1;
  const std::string blank_label(label_width + pad, '.');
  // Wrapped with a stand-in of the same width, because the label may hold colour codes.
  const std::string wrapped = wrap_text(blank_label + text, context.width, kLabelWidth);
  return painted_label + std::string(pad, ' ') + wrapped.substr(blank_label.size()) + "\n";
}

}  // namespace latimer
