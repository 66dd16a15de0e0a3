// The eBPF backend: Latimer's own programs in the kernel.
#pragma once

#include <memory>

#include "core/engine/backend.h"

namespace latimer {

[[nodiscard]] std::unique_ptr<Backend> make_ebpf_backend();

}  // namespace latimer
