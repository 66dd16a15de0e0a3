// Whether BPF programs of ours can work here, and what mends it if not.
#pragma once

#include "core/engine/backend.h"
#include "core/model/result.h"

namespace latimer::ebpf {

// What can be told without loading anything: kernel version, BTF, capabilities.
Status check_kernel();

ProbeReport probe(Backend& backend, bool thorough);

}  // namespace latimer::ebpf
