// Whether a measurement is one: nobody else traces this host, and nobody else computes on it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace latimer::overhead {

// Tracers that are on now, as "syscount (process 123): performance events", "BPF program 45 (on_sys_enter)".
// To be asked while no tool of ours runs. Needs root to see all: without it only what is visible.
[[nodiscard]] std::vector<std::string> tracers_here();

// Waits until there are none: programs are freed a little after their tracer has left. Who is still there.
[[nodiscard]] std::vector<std::string> wait_until_quiet(std::chrono::milliseconds patience);

// What all CPUs have computed since the host started, in ns; steps of 10 ms for each CPU. nullopt: /proc/stat
// does not say.
[[nodiscard]] std::optional<std::uint64_t> busy_ns();

// Waits until the CPUs are nearly idle. False: they were not within `patience`.
bool wait_until_idle(std::chrono::milliseconds patience);

}  // namespace latimer::overhead
