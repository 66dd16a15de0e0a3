// What a workload says about its own calls: the line of JSON of latimer-workload
// (validation/workloads/truth.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/model/ledger.h"
#include "core/model/result.h"

namespace latimer::compare {

// Of one call, "x86_64:read".
struct CallCounts {
  std::uint64_t count = 0;  // completions
  CountsByName errors;      // of them, by errno's name
  bool operator==(const CallCounts&) const = default;
};
using CallTable = std::map<std::string, CallCounts, std::less<>>;

struct Truth {
  std::string scenario;
  CallTable calls;
  // All by call.
  CountsByName killed_inside, in_flight, refused;
  CountsByName logical;      // with restarts joined, where that is not `count`
  CountsByName at_least_ns;  // what was asked for of a sleep: no completion can have been shorter
  CountsByName took_ns;      // all completions together, measured from inside: they cannot have taken longer
  CountsByName launch_adds;  // seen besides by who launches the workload: its own execve
  CountsByName after_user_change;  // of `calls`, those of tasks that have changed user by executing a program
  CountsByName measured;           // by a name of the scenario's own
};

// `output`: what the workload printed, the line among it. io: there is none, or it is damaged.
[[nodiscard]] Result<Truth> read_truth(std::string_view output);

}  // namespace latimer::compare
