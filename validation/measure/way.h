// Way: one of the ways in which this Latimer can see calls; a backend and how it is used. What validate and
// overhead compare are ways.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/engine/registry.h"
#include "core/model/result.h"
#include "core/sys/bounded_run.h"

namespace latimer {

struct Way {
  std::string name;                  // "ebpf-aggregate", "strace", ...
  std::string backend;               // as -b takes it
  std::vector<std::string> options;  // that choose it: "-b", "ebpf", "--mode", "aggregate"
  bool has_ring = false;             // takes --ring-size
  bool tells_calls = true;           // single calls, not sums alone
};

// All of them, in the order of the registry's backends.
[[nodiscard]] std::vector<Way> all_ways(const Registry& registry);

// `text`: names of backends (all their ways) or of ways, with commas between. usage: an unknown name, or
// none.
[[nodiscard]] Result<std::vector<Way>> ways_named(const Registry& registry, std::string_view text);

// Why a way cannot be taken here, from its backend's cheap probe; nullopt: it can.
[[nodiscard]] std::optional<Error> why_not(const Registry& registry, const Way& way);

struct WayRun {
  std::vector<std::string> options;  // more of latimer's: "--ring-size", "64K"
  std::vector<std::string> command;
  std::chrono::milliseconds limit{60'000};
};

// `latimer latency WAY OPTIONS -f json -o FILE -- COMMAND` by a latimer of its own, so that nothing of one
// run is left in the next and a backend that crashes or hangs harms nobody. `report`: the JSON; empty: it
// wrote none.
struct WayOutcome {
  RunOutcome run;
  std::string report;
};
[[nodiscard]] Result<WayOutcome> run_way(const Way& way, const WayRun& request, int interrupt_fd);

// This program's own file.
[[nodiscard]] std::string own_program();

}  // namespace latimer
