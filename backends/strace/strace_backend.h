// The strace backend: observes by way of the strace program.
#pragma once

#include <memory>

#include "core/engine/backend.h"

namespace latimer {

[[nodiscard]] std::unique_ptr<Backend> make_strace_backend();

}  // namespace latimer
