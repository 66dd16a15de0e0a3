// Analysis: what single calls tell beyond statistics by call: files, peers, threads, kinds of work, when.
// Plain data, part of a Report.
//
// Units: ns and bytes. Names of files and peers are raw bytes (core/model/target_kind.h).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/target_kind.h"

namespace latimer {

// What a call's time went for. By the call, and where that says too little by what its descriptor leads to.
enum class Work : std::uint8_t {
  fsync,       // waits for storage to hold the data
  disk_read,   // from files, also from the page cache
  disk_write,  // to files, mostly into the page cache
  metadata,    // opens, closes, names, describes files
  network,     // sockets, Unix ones included
  pipe,
  poll,      // waits for descriptors or clients: epoll_wait, poll, select, accept
  sleep,     // waits for time or a signal
  lock,      // futex, flock, semop
  children,  // waits for them
  process,   // creates and ends tasks; their identity and limits
  memory,
  unknown_io,  // reads or writes something that nobody named
  other,
};
inline constexpr std::array<std::string_view, 14> kWorkNames = {"fsync",
                                                                "disk read",
                                                                "disk write",
                                                                "metadata",
                                                                "network",
                                                                "pipe",
                                                                "poll",
                                                                "sleep",
                                                                "lock",
                                                                "children",
                                                                "process",
                                                                "memory",
                                                                "I/O of unknown files",
                                                                "other"};
[[nodiscard]] constexpr std::string_view to_string(Work work) {
  return kWorkNames[static_cast<std::size_t>(work)];
}

// What some calls came to.
struct Activity {
  std::uint64_t count = 0;
  std::uint64_t errors = 0;
  std::uint64_t total_ns = 0;
  std::uint64_t waiting_ns = 0;  // of it, in calls that wait by nature
  std::uint64_t max_ns = 0;
  std::optional<std::uint64_t> p50_ns, p95_ns, p99_ns;  // at most an eighth off; nullopt: without durations
  std::uint64_t reads = 0, writes = 0;                  // calls that moved data
  std::uint64_t read_bytes = 0, written_bytes = 0;

  // False: its calls have no durations, and every time here means nothing.
  [[nodiscard]] bool timed() const { return count == 0 || p50_ns.has_value(); }
  [[nodiscard]] std::uint64_t working_ns() const { return total_ns - std::min(total_ns, waiting_ns); }
};

struct WorkRow {
  Work work = Work::other;
  Activity activity;
  bool waits = false;       // its calls wait by nature: a long time says that there was nothing to do
  bool bottleneck = false;  // the most time among those that do not wait
};

struct TaskRow {
  std::int32_t pid = 0;
  std::int32_t tid = 0;  // 0: the whole process
  std::string comm;      // the last one
  Activity activity;
  std::uint64_t io_ns = 0;  // of its working time: files, network, pipes, fsync
  bool at_least = false;    // there was no room for all: some of its calls may be in the sums only
};

struct TargetRow {
  std::string name;
  TargetKind kind = TargetKind::unknown;
  Activity activity;
  std::uint64_t opens = 0;
  bool at_least =
      false;  // there was no room for all names: this one may have been put with the others before
};

// A peer's connections, of either side. Ports of clients are left out.
struct ConnectionRow {
  std::string peer;
  std::uint64_t count = 0;
  std::uint64_t failed = 0;  // could not be established
  // From connect to its end, or, if it did not wait, to the first call that moved data; accepted ones have
  // none.
  std::optional<std::uint64_t> establish_p50_ns, establish_max_ns;
  // From then, or from accept, to the first byte that was read.
  std::optional<std::uint64_t> first_byte_p50_ns, first_byte_max_ns;
  std::optional<std::uint64_t> lifetime_p50_ns, lifetime_max_ns;  // of those that were closed
  std::uint64_t read_bytes = 0, written_bytes = 0;
};

struct LatencyClassRow {
  std::string_view name;  // "fast", "medium", "slow", "blocking"
  std::uint64_t count = 0;
  std::uint64_t total_ns = 0;
};

inline constexpr std::size_t kHeatRows = 24;  // [0, 256 ns), [256, 512), ... doubling

// One slice of the time.
struct TimeSlice {
  std::uint64_t calls = 0, errors = 0;
  std::array<std::uint64_t, kWorkNames.size()> work_ns{};
  std::array<std::uint32_t, kHeatRows> latency{};  // calls by duration
};

struct ThreadTimeline {
  std::int32_t pid = 0, tid = 0;
  std::string comm;
  std::vector<std::uint64_t> working_ns, waiting_ns;  // in each slice; calls count where they begin
};

struct Timeline {
  std::int64_t start_ns = 0;   // of the first slice, in the trace's clock
  std::uint64_t slice_ns = 0;  // length of each
  std::vector<TimeSlice> slices;
  std::vector<ThreadTimeline> threads;  // those with the most time
};

struct Analysis {
  std::vector<WorkRow> work;  // by time, most first
  std::array<LatencyClassRow, 4> classes{};
  std::vector<TaskRow> processes, threads;  // by time, most first
  std::vector<TargetRow> files, peers;      // by working time, most first
  std::uint64_t files_in_all = 0, peers_in_all = 0;
  Activity other_targets;                // of those for which there was no room any more
  std::uint64_t other_target_count = 0;  // at most so many
  std::vector<ConnectionRow> connections;
  Activity unknown_targets;  // calls on descriptors that nobody named
  Activity all;
  std::optional<Timeline> timeline;  // nullopt: no times
  std::vector<std::string> limits;   // one sentence each: what there was no room for, and what that means
};

}  // namespace latimer
