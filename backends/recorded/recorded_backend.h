// The backend "recorded": traces that latimer trace made.
#pragma once

#include <memory>

#include "core/engine/backend.h"

namespace latimer {

[[nodiscard]] std::unique_ptr<Backend> make_recorded_backend();

}  // namespace latimer
