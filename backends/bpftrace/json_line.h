// One line of what `bpftrace -f json` prints when it runs Latimer's program -> the same as its text (line.h).
// Pure: no state.
//
//   {"type": "printf", "data": "c 72287929380016 ...\n"}
//   {"type": "value", "data": "tick"}
//   {"type": "lost_events", "data": {"events": 2942}}
//   {"type": "helper_error", "helper": "map_update_elem", "retcode": -7, "line": 1, "col": 45}
//   {"type": "map", "data": {"@s": {"5": [73522935209132,-3,4,5], "6": [73522935210096,-3,4,5]}}}
//   {"type": "map", "data": {"@enters": 1}}
#pragma once

#include <functional>
#include <string_view>

#include "backends/bpftrace/line.h"

namespace latimer::bpftrace {

[[nodiscard]] bool is_json_line(std::string_view line);

// Gives `item` all that the line tells, in its order; what it is given lives as long as the call. A line that
// cannot be read is one Rejected, with what came before it.
void parse_json_line(std::string_view line, const std::function<void(const Parsed&)>& item);

}  // namespace latimer::bpftrace
