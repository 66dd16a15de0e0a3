// Small pieces of the page.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace latimer {

// <p>text</p>; `text` is HTML.
[[nodiscard]] std::string paragraph(std::string_view text, std::string_view css_class = "");

// "1 file", "1,234 files".
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view one, std::string_view many);

}  // namespace latimer
