// What is wrong with a user's regular expression, and where.
#pragma once

#include <re2/re2.h>

#include <string_view>

#include "core/model/result.h"

namespace latimer {

// `regex` was compiled from `pattern` and is not ok().
[[nodiscard]] Error regex_error(const re2::RE2& regex, std::string_view pattern);

}  // namespace latimer
