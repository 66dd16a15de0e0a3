// What is read must not be overwritten by what is made of it.
#pragma once

#include <string>
#include <vector>

#include "core/engine/capture_request.h"
#include "core/model/result.h"

namespace latimer {

// usage: `output` is one of the inputs, or lies in a folder that is one.
[[nodiscard]] Status check_apart(const std::vector<std::string>& inputs, const std::string& output);
[[nodiscard]] Status check_apart(const Target& target, const std::string& output);

}  // namespace latimer
