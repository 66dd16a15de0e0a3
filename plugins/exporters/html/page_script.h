// The page's one script: sorts tables. Without it the page is whole, in the report's own order.
#pragma once

#include <string_view>

namespace latimer {

[[nodiscard]] std::string_view page_script();

}  // namespace latimer
