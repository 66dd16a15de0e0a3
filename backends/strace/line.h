// One line of strace's output -> one record. Pure: no state, no allocation; the views point into the line.
//
// The grammar, with the layout that Latimer's own flags produce (`strace -f -o FILE -n
// --absolute-timestamps=format:unix,precision:ns
// --syscall-times=ns`; from strace 5.0 on `-f -o FILE -ttt -T`):
//
//   23968 1795227296.730639738 [ 110] getppid() = 23965 <0.000005755>                              call
//   27621 1795227696.767123013 [  61] wait4(-1,  <unfinished ...>                                  entered
//   27621 1795227696.767504259 [  61] <... wait4 resumed>NULL, 0, NULL) = 27628 <0.000040033>      resumed
//   27629 1795227696.769596933 [ 231] exit_group(0) = ?                                            call,
//   never returns 27621 1795227696.767528768 [  58] --- SIGCHLD {si_signo=SIGCHLD, ...} --- signal 27629
//   1795227696.769654023 [ 231] +++ exited with 0 +++                                        exited 13504 +++
//   superseded by execve in pid 13507 +++                                                superseded 23973 [
//   Process PID=23973 runs in 32 bit mode. ]                                               personality
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "backends/strace/leader.h"

namespace latimer::strace {

enum class RecordKind : std::uint8_t {
  call,        // entry and exit in one line
  entered,     // entry only; the exit comes later or never. `other` != 0: as that thread, the leader of its
               // process (execve of a thread that is not)
  resumed,     // the exit of an earlier `entered`
  signal,      // a signal is delivered; `other` is its number, 0 if unknown
  stopped,     // group stop by signal `other`
  exited,      // the task is gone, exit status `other`
  killed,      // the task is gone, by signal `other`
  superseded,  // the task's thread group goes on as thread `other` under this tid (execve of a thread that is
               // not the leader)
  personality,  // the task makes calls of `mode` from now on
};

enum class Outcome : std::uint8_t {
  none,      // not returned (entered)
  returned,  // value is what the program gets
  failed,    // error is its errno; an errno without number in our table is 0 there, but `error_name` tells it
  restart,   // ERESTART*: interrupted, error is that number
  never,     // "= ?": exit, or the task died inside
  unavailable,  // "= ? <unavailable>": it died before the tracer could look
};

struct Record {
  RecordKind kind = RecordKind::call;
  Outcome outcome = Outcome::none;
  bool detached = false;     // entered: the tracer let go of the task in this call
  bool core_dumped = false;  // killed
  bool injected = false;     // strace's fault injection answered
  std::int32_t tid = 0;
  std::int32_t other = 0;              // see RecordKind
  std::int32_t error = 0;              // positive errno
  std::optional<std::int32_t> number;  // from -n
  std::optional<std::int64_t>
      time_ns;  // by its column; entry; of a resumed line the exit; of others the printing
  std::optional<std::int64_t> since_last_ns;  // -r: since the line before, of whatever task
  std::optional<std::int64_t> value;          // nullopt: not printed, or beyond 64 bits
  std::optional<std::int64_t> duration_ns;
  std::string_view comm;
  std::string_view name;  // of the call; "???" when strace could not read it
  std::string_view args;  // between the parentheses; entered: the part printed; resumed: the rest
  std::string_view error_name;
  std::string_view mode;  // personality: "32 bit", "64 bit", "x32"
};

// A line that is none of ours to count as a call, and why: "blank", "message", "stack", "dump", "summary".
struct Ignored {
  std::string_view kind;
};

// A line that should have been a record. `column`: byte where reading stopped.
struct Rejected {
  std::string_view reason;
  std::size_t column = 0;
};

using Parsed = std::variant<Record, Ignored, Rejected>;

[[nodiscard]] Parsed parse_line(std::string_view line, const Layout& layout);
// The same, into `parsed`, whatever that held.
void parse_line(std::string_view line, const Layout& layout, Parsed& parsed);

// A line that has no end yet. strace writes a call's name and first arguments when it is entered, and the
// rest when it returns or when another task has something to say: so a call that is under way may be all
// there is of its line. nullopt: it is something else.
[[nodiscard]] std::optional<Record> parse_open_call(std::string_view line, const Layout& layout);

// Number of a signal by its name as strace prints it: SIGKILL, SIGRT_2 (34). 0: unknown.
[[nodiscard]] std::int32_t signal_number(std::string_view name);

}  // namespace latimer::strace
