// Other tools' BPF programs on the tracepoints that perf listens to: one that returns 0 silences perf without
// a word. libbpf-tools' syscount does.
#pragma once

#include <optional>
#include <string>

#include "core/engine/backend.h"

namespace latimer::perftrace {

// Who has such programs: "syscount (process 123) has BPF programs on raw_syscalls: enter (on sys_enter)".
// Empty: nobody, as far as can be seen.
[[nodiscard]] std::string interfering_programs();

// What to say when perf has seen nothing, or one side of calls only, while those were there.
[[nodiscard]] Error silenced_by(const std::string& programs);
// What to say when it may have missed something.
[[nodiscard]] std::string warning_of(const std::string& programs);

// For doctor.
[[nodiscard]] ProbeCheck check_interference();

}  // namespace latimer::perftrace
