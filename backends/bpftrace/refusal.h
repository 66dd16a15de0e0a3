// Why bpftrace may not watch, and what mends it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/engine/backend.h"
#include "core/model/result.h"

namespace latimer::bpftrace {

// What bpftrace needs of the host, as far as that shows without running it.
[[nodiscard]] std::vector<ProbeCheck> check_host();

// Of what bpftrace said on its standard error, what is no remark that is harmless here; escaped, in one line.
[[nodiscard]] std::string complaint_in(std::string_view messages);

// It ended before it had begun to watch. `messages`: what it said.
[[nodiscard]] Error explain_refusal(std::string_view messages);

}  // namespace latimer::bpftrace
