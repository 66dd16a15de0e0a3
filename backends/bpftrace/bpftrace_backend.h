// The backend "bpftrace".
#pragma once

#include <memory>

#include "core/engine/backend.h"

namespace latimer {

[[nodiscard]] std::unique_ptr<Backend> make_bpftrace_backend();

}  // namespace latimer
