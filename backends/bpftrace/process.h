// Process: a bpftrace that runs Latimer's program. What it prints comes out of a pipe.
#pragma once

#include <chrono>
#include <csignal>
#include <optional>
#include <string>

#include "backends/bpftrace/program.h"
#include "backends/bpftrace/tool.h"
#include "core/model/result.h"
#include "core/sys/child_process.h"
#include "core/sys/unique_fd.h"

namespace latimer::bpftrace {

class Process {
 public:
  Process() = default;  // not started
  Process(Process&&) noexcept = default;
  Process& operator=(Process&&) noexcept = default;
  ~Process();  // kills it; the kernel then detaches its programs

  // Returns when bpftrace runs and has been given the program, with its own pid put in, which it yet has to
  // compile. `ring_bytes`: see environment().
  static Result<Process> start(const Tool& tool, ProgramOptions options, std::uint64_t ring_bytes);

  [[nodiscard]] std::int32_t pid() const { return child_.pid(); }
  // Reading end of what it prints; to be taken once.
  [[nodiscard]] UniqueFd take_output() { return std::move(output_); }

  // Has the watching begin, once its program is there to hear it; has it end. Idempotent, thread-safe, as are
  // quit() and kill().
  void begin() noexcept { (void)child_.kill(kBeginSignal); }
  void end() noexcept { (void)child_.kill(kEndSignal); }
  // Has bpftrace print its maps and end. It throws away the records that it is reading then
  // (perf_event_printer in its src/bpftrace.cpp), so it should have none left.
  void quit() noexcept { (void)child_.kill(SIGINT); }
  void kill() noexcept { (void)child_.kill(SIGKILL); }

  std::optional<ExitStatus> wait(std::chrono::steady_clock::time_point deadline) {
    return child_.wait(deadline);
  }
  // CPU time of bpftrace itself, once it has ended.
  [[nodiscard]] std::optional<ChildCpu> cpu() const { return child_.cpu(); }
  // What it has said on standard error, the first 8 KiB.
  [[nodiscard]] std::string messages() const;

 private:
  ChildProcess child_;
  UniqueFd output_;
  UniqueFd messages_;
};

}  // namespace latimer::bpftrace
