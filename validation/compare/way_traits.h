// What is measured of a way before it is judged.
#pragma once

#include <optional>
#include <string>

#include "validation/compare/truth.h"
#include "validation/measure/way.h"

namespace latimer::compare {

// What a tracer adds by itself to each duration that it tells: what it tells of a call that does next to
// nothing, less what that call takes when nobody watches. ns, at least 0; the median of a few runs.
// `workload`: latimer-workload. nullopt: the way tells no durations here, or its runs fail.
[[nodiscard]] std::optional<double> own_cost_of(const Way& way, const std::string& workload,
                                                int interrupt_fd);

// The calls that a workload's C library makes when it starts and ends, as `way` sees them. Empty: its runs
// fail.
[[nodiscard]] CallTable library_calls(const Way& way, const std::string& workload, int interrupt_fd);

}  // namespace latimer::compare
