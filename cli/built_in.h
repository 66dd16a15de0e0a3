// What exists in this build. Apart from the rest of cli, which knows no backend.
#pragma once

#include "core/engine/registry.h"

namespace latimer {

// The order of the backends is the order in which auto prefers them.
void add_built_in(Registry& registry);

}  // namespace latimer
