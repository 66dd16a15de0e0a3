// The only way for text into the page.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace latimer {

// & < > " ' as character references: what comes out is safe between tags and within quoted attributes.
[[nodiscard]] std::string html_escape(std::string_view text);

// Bytes of anybody: paths, commands, peers. First as every exporter shows bytes (text_escape.h), then as
// HTML.
[[nodiscard]] std::string html_bytes(std::string_view bytes);

// <p>text</p>; `text` is HTML.
[[nodiscard]] std::string paragraph(std::string_view text, std::string_view css_class = "");

// "1 file", "1,234 files".
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view one, std::string_view many);

}  // namespace latimer
