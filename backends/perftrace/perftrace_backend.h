// The perftrace backend: the perf program, live or from what it recorded.
#pragma once

#include <memory>

#include "core/engine/backend.h"

namespace latimer {

[[nodiscard]] std::unique_ptr<Backend> make_perftrace_backend();

}  // namespace latimer
