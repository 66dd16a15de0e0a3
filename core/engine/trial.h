// A trial of a backend, for doctor.
#pragma once

#include <cstdint>

#include "core/engine/backend.h"

namespace latimer {

// Runs /bin/true under the backend as a capture would (`request`: all but the target); how many calls it saw.
// An error says what did not work: nothing was seen, or it did not end within 10 s.
[[nodiscard]] Result<std::uint64_t> calls_of_a_child(Backend& backend, CaptureRequest request);

}  // namespace latimer
