// The page's style sheet.
#pragma once

#include <string_view>

namespace latimer {

[[nodiscard]] std::string_view page_style();

}  // namespace latimer
