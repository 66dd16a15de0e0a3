// EventSource: where what was observed comes out. Pull; live tracers, files and tests are the same to the
// loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/model/ledger.h"
#include "core/model/log_info.h"
#include "core/model/loss.h"
#include "core/model/report.h"
#include "core/model/result.h"
#include "core/model/syscall_event.h"
#include "core/stats/snapshot.h"
#include "core/sys/exit_status.h"

namespace latimer {

// Valid until the next call of next() on the same source. Events come in the order in which the calls ended,
// as far as the tracer's times tell. They are the receiver's to complete (FdTracker).
struct Batch {
  std::span<SyscallEvent> events;
  std::span<const Loss> losses;  // new losses, in the order in which they became known
};

enum class Next : std::uint8_t {
  ready,  // the batch holds something; there may be more
  idle,   // nothing until the deadline: not an error
  end,    // the capture is over by itself (targets gone); the batch is empty and stays so
};

// CPU time of the targets during the capture, for the verdict. ns.
struct TargetCpu {
  std::uint64_t user_ns = 0;
  std::uint64_t system_ns = 0;
};

// What observing cost, as far as the source can measure it.
struct SourceCost {
  std::optional<double> ns_per_call;  // run time of Latimer's own programs per traced call (entry and exit)
  std::optional<std::uint64_t> measured_calls;  // number of program runs the figure rests on
  std::optional<std::uint64_t> tracer_cpu_ns;   // CPU time of a tracer process (strace)
  std::optional<std::uint64_t> kernel_bytes;    // maps and buffers in the kernel
  std::string unknown_reason;                   // why ns_per_call is not known, when it is not
};

// Calls and errors that a text tracer named and our tables do not know. Their numbers are the source's own:
// calls below -1, errors above 4095 (the kernel's MAX_ERRNO).
struct ForeignNames {
  std::map<std::int32_t, std::string> calls;
  std::map<std::int32_t, std::string> errors;
};

struct SourceStats {
  Ledger ledger;
  SourceCost cost;
  std::optional<TargetCpu> cpu;
  std::optional<TraceOrigin> origin;  // what a trace says of where it was made
  std::optional<LogInfo> log;         // of a source that reads what was recorded earlier
  // How long the targets were watched, by a source that tells of them only afterwards; nullopt: until now.
  std::optional<std::uint64_t> observed_ns;
  ForeignNames names;
  std::vector<std::string> warnings;  // one sentence each, what happened and what it means for the numbers
};

// How far a source of known length has come. Bytes as they lie on disk.
struct Progress {
  std::uint64_t done = 0;
  std::optional<std::uint64_t> total;  // nullopt: a pipe is among the inputs
};

// next(), start(), snapshot() and stats() are called from one thread; stop() and progress() from any.
class EventSource {
 public:
  virtual ~EventSource() = default;  // detaches; a launched command goes on running

  // Lets the target run: everything is attached before this returns and nothing of the target is missed after
  // it.
  virtual Status start() = 0;

  // Waits until `deadline` at most. An error ends the capture (what was gathered until then stays readable).
  virtual Result<Next> next(Batch& batch, std::chrono::steady_clock::time_point deadline) = 0;

  // Readable when next() would not be idle; -1: next() must be called by time alone.
  [[nodiscard]] virtual int poll_fd() const { return -1; }

  // True: statistics are added up by the source and come from snapshot(); next() yields no events.
  [[nodiscard]] virtual bool aggregates() const = 0;

  // What the source itself holds up to now: cumulative statistics when it aggregates, and the calls in flight
  // in any case.
  virtual Result<Snapshot> snapshot() = 0;

  // Detaches: idempotent, thread-safe, bounded in time. After it next() still delivers what was under way,
  // then end; a launched command goes on running.
  virtual void stop() noexcept = 0;

  // `ledger.completed` of a streaming source counts the events it has delivered.
  virtual SourceStats stats() = 0;

  // Of the events so far.
  [[nodiscard]] virtual const ForeignNames& foreign_names() const {
    static const ForeignNames kNone;
    return kNone;
  }

  // The events of the latest batch say what they are about (fd, path), as far as that was known when they
  // were recorded.
  [[nodiscard]] virtual bool tells_targets() const { return false; }

  // `ledger.completed` is told by the source, and not by how many events it delivered.
  [[nodiscard]] virtual bool counts_completed() const { return tells_targets(); }

  // Which recording the events of the latest batch are from: what descriptors and pids meant in another one,
  // they do not mean in this.
  [[nodiscard]] virtual unsigned recording() const { return 0; }

  // nullopt: a live source, whose end nobody knows.
  [[nodiscard]] virtual std::optional<Progress> progress() const { return std::nullopt; }

  // A launched command: its main process's pid, and how it ended (nullopt: still running).
  [[nodiscard]] virtual std::optional<std::int32_t> command_pid() const { return std::nullopt; }
  virtual std::optional<ExitStatus> command_status() { return std::nullopt; }
  // Waits for the launched command until the deadline. For use after stop().
  virtual std::optional<ExitStatus> wait_command(std::chrono::steady_clock::time_point) {
    return std::nullopt;
  }
};

}  // namespace latimer
