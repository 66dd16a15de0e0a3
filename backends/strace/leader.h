// The columns before a call in strace's output. Which there are is fixed by strace's command line; only
// "[pid N] " comes and goes, on stderr, with the number of tracees. In their order (strace 6.1, syscall.c
// printleader()):
//
//   23968                  -f -o FILE; 23968<comm> with -Y
//   [pid 23968]            -f, on stderr, while there is more than one tracee
//   23:12:22.158950        -t, -tt; with 0, 3, 6 or 9 decimals
//   1795227296.730639738   -ttt
//        0.000037          -r alone: time since the line before; (+     0.000037) behind another time
//   [ 110]                 -n
//   [00007f9a8f0a4c37]     -i
#pragma once

#include <cstdint>

#include "backends/strace/scan.h"

namespace latimer::strace {

struct Record;

enum class PidColumn : std::uint8_t {
  none,       // a line is the only task's (tid 0)
  plain,      // always there
  bracketed,  // "[pid N] "; a line without is the only task's (tid 0)
};

enum class TimeColumn : std::uint8_t {
  none,
  of_day,  // local time of day, without a date
  epoch,   // seconds since 1970
};

struct Layout {
  PidColumn pid = PidColumn::plain;
  TimeColumn time = TimeColumn::epoch;
  bool relative = false;  // -r
  bool number = false;    // -n
  bool address = false;   // -i

  bool operator==(const Layout&) const = default;
};

// Whether a time stamp can be one of such a column: since 1970 means after 18 February 1970, so that a thread
// id is never taken for a time (Linux include/linux/threads.h, PID_MAX_LIMIT is 2^22).
[[nodiscard]] bool plausible_stamp(std::int64_t ns, const Layout& layout);

// Reads the columns into tid, comm, time_ns, since_last_ns and number of `record`, and moves behind them.
// nullptr, or why not: the cursor then stands where reading stopped.
[[nodiscard]] const char* scan_leader(Cursor& cursor, const Layout& layout, Record& record);

}  // namespace latimer::strace
