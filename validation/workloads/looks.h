// Waiting until another task has got somewhere, by looking at /proc. How many looks that takes depends on
// timing, so they are counted and become part of the truth.
#pragma once

#include <sys/types.h>

#include "validation/workloads/truth.h"

namespace latimer::workload {

/// Before the first look and the first child: the counters are shared with children, who look as well.
void prepare_looks();

/// Waits until the task has a state among `states` (the letters of /proc/PID/stat; 'S' is sleeping, 'T'
/// stopped, 't' stopped by a tracer).
void wait_for_state(pid_t process, pid_t task, const char* states);

/// Waits until the process is gone, or dead and only not yet waited for.
void wait_for_end(pid_t process);

/// Another look later.
void short_pause();

/// Adds the calls made by all of the above.
void record_looks(Truth& truth);

}  // namespace latimer::workload
