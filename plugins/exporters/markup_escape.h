// The only way for text into HTML and SVG.
#pragma once

#include <string>
#include <string_view>

namespace latimer {

// & < > " ' as character references: what comes out is safe between tags and within quoted attributes.
[[nodiscard]] std::string markup_escape(std::string_view text);

// Bytes of anybody: paths, commands, peers. First as every exporter shows bytes (text_escape.h), then as
// markup.
[[nodiscard]] std::string markup_bytes(std::string_view bytes);

}  // namespace latimer
