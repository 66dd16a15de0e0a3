// Why perf may not watch, and what mends it.
#pragma once

#include <string_view>

#include "core/engine/backend.h"
#include "core/model/result.h"

namespace latimer::perftrace {

// `what`: "perf record". `messages`: what it said before it gave up.
[[nodiscard]] Error explain_refusal(std::string_view what, std::string_view messages);

// Whether Latimer may use the tracepoints, as far as that shows without perf: tracefs, and what
// kernel.perf_event_paranoid asks for (Documentation/admin-guide/sysctl/kernel.rst).
[[nodiscard]] ProbeCheck check_tracefs();
[[nodiscard]] ProbeCheck check_permission();

}  // namespace latimer::perftrace
