// The perftrace backend. So far it reads what perf recorded; it does not record itself.
#pragma once

#include <memory>

#include "core/engine/backend.h"

namespace latimer {

[[nodiscard]] std::unique_ptr<Backend> make_perftrace_backend();

}  // namespace latimer
