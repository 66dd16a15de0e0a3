// The backend `damaged`: one of the registry's, broken on purpose, to see whether validate notices.
#pragma once

#include "core/engine/registry.h"
#include "tests/damaged/damage_plan.h"

namespace latimer::damaged {

// Adds it behind those that are there and must stay. `report`: see DamageReport; empty: none. usage: there is
// no backend of the name that the plan has.
[[nodiscard]] Status add_damaged_backend(Registry& registry, const DamagePlan& plan, std::string report);

}  // namespace latimer::damaged
