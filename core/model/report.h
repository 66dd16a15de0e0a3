// Report: everything a capture found, as plain data. Exporters turn it into text, JSON, CSV; none of them
// computes.
//
// Units: ns unless a name says otherwise; nullopt is "not known to this backend or in this mode", never 0.
// Names, commands and paths are raw bytes; exporters escape them with text_escape.h, all the same way.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/abi.h"
#include "core/model/analysis.h"
#include "core/model/clock.h"
#include "core/model/distribution.h"
#include "core/model/ledger.h"
#include "core/model/log_info.h"
#include "core/model/subject.h"

namespace latimer {

struct TargetInfo {
  std::string kind;                 // "command", "pid", "comm", "cgroup", "host", "log"
  std::vector<std::string> argv;    // command
  std::vector<std::int32_t> pids;   // command: its main process
  std::string pattern;              // comm pattern or cgroup path
  std::vector<std::string> inputs;  // log
  bool follow = false;
  std::string filter;  // -e in canonical form; empty: all calls
};

struct ClockInfo {
  ClockDomain domain = ClockDomain::monotonic;
  std::uint64_t resolution_ns = 1;
  ClockAnchor start;
  ClockAnchor end;
};

// Where Latimer ran; of a log that is not where it was recorded.
struct EnvironmentInfo {
  std::string latimer_version;
  std::string kernel;   // uname -r
  std::string machine;  // uname -m
  std::string hostname;
  unsigned cpus = 0;  // online
  std::string tool;   // "strace 6.1"; empty for ebpf
  ClockInfo clock;
};

// Who recorded a trace, and where.
struct TraceOrigin {
  std::string backend;
  TargetInfo target;
  EnvironmentInfo environment;

  // What all files of one recording have in common, and no other has: the host, and when it began by both
  // clocks. Empty: it does not say.
  [[nodiscard]] std::string recording() const;
};

struct ErrorCount {
  std::string name;  // EAGAIN, ERESTARTSYS, errno_4000
  std::uint64_t count = 0;
};

struct HistogramBucket {
  std::uint64_t lo_ns = 0;
  std::optional<std::uint64_t> hi_ns;  // exclusive; nullopt: open
  std::uint64_t count = 0;
};

// From a call's entry to the same thread's next one: the call, and what the program did after it. Of logs
// that tell no durations.
struct GapFigures {
  std::uint64_t count = 0;
  std::uint64_t total_ns = 0, min_ns = 0, max_ns = 0, p50_ns = 0, p99_ns = 0;
};

// One hump of a latency distribution that has several.
struct LatencyMode {
  double share = 0;  // of the calls
  std::uint64_t lo_ns = 0, hi_ns = 0;
  std::uint64_t p50_ns = 0;
};

enum class LatencyClass : std::uint8_t {
  fast,      // mean < 10 us
  medium,    // 10 us to 100 us
  slow,      // > 100 us
  blocking,  // a waiting call: its time is spent waiting, whatever its length
  unknown,   // no durations
};
[[nodiscard]] std::string_view to_string(LatencyClass value);

struct SyscallRow {
  Abi abi = Abi::x86_64;
  std::int32_t number = -1;  // -1: a name without a number that we know
  std::string name;
  Subject subject;       // kind none unless --by
  bool waiting = false;  // blocks by nature (syscall_class.h): idle must not look like slow
  LatencyClass latency_class = LatencyClass::unknown;
  std::uint64_t count = 0;  // completions
  std::optional<std::uint64_t> logical_count;
  std::uint64_t untimed = 0;  // completions among count without a duration (refused, or the log has none)
  std::optional<std::uint64_t> killed_inside;
  std::vector<ErrorCount> errors;  // most frequent first
  std::uint64_t error_count = 0;
  std::optional<std::uint64_t> total_ns, min_ns, max_ns, avg_ns, p50_ns, p90_ns, p95_ns, p99_ns, p999_ns;
  bool extremes_exact = true;         // false: min and max are bucket edges (an interval's)
  std::optional<double> error_bound;  // relative, of the percentiles
  std::uint64_t in_flight = 0;
  std::vector<HistogramBucket> histogram;  // exact buckets that hold something
  std::vector<HistogramBucket> log2;       // the 22 bars of log2_view(); empty without durations
  std::vector<LatencyMode> modes;          // two or more, fastest first; empty: one, or too few calls to tell
  std::optional<GapFigures> gaps;
};

struct InFlightCall {
  Abi abi = Abi::x86_64;
  std::int32_t number = -1;
  std::string name;
  bool waiting = false;
  std::int32_t pid = 0, tid = 0;
  std::string comm;
  std::optional<std::uint64_t> age_ns;  // nullopt: a log without time stamps
  bool at_least = false;                // it was inside before Latimer attached: age is what was watched
};

struct Verdict {
  std::string kind;      // "io-bound", "cpu-bound", "syscall-bound", "waiting", "unclear"
  std::string sentence;  // one line with the figures
  std::optional<std::uint64_t> user_cpu_ns, system_cpu_ns;
  std::uint64_t working_ns = 0;  // in calls that are not waiting by nature
  std::uint64_t io_ns = 0;       // of these: reading, writing, syncing, network
  std::uint64_t waiting_ns = 0;  // in waiting calls
  std::uint64_t wall_ns = 0;
};

struct OverheadInfo {
  std::optional<double> ns_per_call;  // measured run time of our programs per call
  std::optional<std::uint64_t> measured_calls;
  std::optional<double> share;  // of the observed wall time x CPUs used: ns_per_call x calls / duration
  std::optional<std::uint64_t> tracer_cpu_ns;  // strace's own CPU time
  std::optional<std::uint64_t> own_cpu_ns;     // Latimer's own CPU time in user space, during the capture
  std::optional<std::uint64_t> own_rss_bytes;  // peak
  std::optional<std::uint64_t> kernel_bytes;   // maps and buffers
  std::string note;                            // what is not in these figures, or why they are unknown
};

// One `-i` interval: its rows are what happened in it.
struct IntervalInfo {
  std::uint64_t index = 0;     // 1, 2, ...
  std::uint64_t start_ns = 0;  // since the start of the capture
  std::uint64_t end_ns = 0;
  std::uint64_t merged =
      1;  // more than 1: the reader of our output stalled, so that many intervals are one table
};

inline constexpr std::size_t kMostInFlightCalls = 1'000;

struct Report {
  int schema_version = 1;
  std::string command;  // "latency", "count"
  std::string backend;
  std::string mode;  // "aggregate", "stream"
  bool complete = true;
  TargetInfo target;
  std::optional<TargetInfo> recorded;  // of a trace: what its recorder watched
  EnvironmentInfo environment;
  bool recorded_elsewhere = false;           // a log that does not say where: environment is of who reads it
  std::optional<std::uint64_t> duration_ns;  // observed; nullopt: a log without time stamps
  std::optional<LogInfo> log;                // what was read; nullopt: a live capture
  std::optional<std::int32_t> exit_status;   // the command's, 128 + signal as a shell reports it
  std::string end_reason;  // "target exited", "duration reached", "input ended", "interrupted", "error: ..."
  GroupBy by = GroupBy::none;
  Ledger ledger;
  std::vector<SyscallRow> syscalls;          // sorted as asked for; working and waiting together
  std::optional<std::uint64_t> rows_hidden;  // by --top
  std::vector<InFlightCall> in_flight;       // oldest first, kMostInFlightCalls at most
  std::uint64_t in_flight_hidden = 0;        // younger ones
  std::optional<Verdict> verdict;            // where timing was on
  OverheadInfo overhead;
  std::optional<Analysis> analysis;         // of analyze and report
  std::vector<Distribution> distributions;  // of histogram
  std::vector<std::string> warnings;
  std::optional<IntervalInfo> interval;  // set in the reports of `-i`, unset in the final one
};

}  // namespace latimer
