// Recorder: a perf record that runs, writing into a file without a name, of which nothing is left whatever
// happens.
#pragma once

#include <chrono>
#include <csignal>
#include <cstdint>
#include <optional>
#include <string>

#include "backends/perftrace/messages.h"
#include "backends/perftrace/record_call.h"
#include "backends/perftrace/tool.h"
#include "core/model/result.h"
#include "core/sys/child_process.h"
#include "core/sys/unique_fd.h"

namespace latimer::perftrace {

class Recorder {
 public:
  Recorder() = default;  // not started
  Recorder(Recorder&&) noexcept = default;
  Recorder& operator=(Recorder&&) noexcept = default;
  ~Recorder();  // kills it

  // Recording has begun when this returns. The descriptors in `call` are set here.
  static Result<Recorder> start(const Tool& tool, RecordCall call);

  // Asks it to come to an end. Idempotent, thread-safe.
  void stop() noexcept { (void)perf_.kill(SIGINT); }
  void kill() noexcept { (void)perf_.kill(SIGKILL); }

  // Whether it has come to its end until the deadline: because of stop(), or because all that it watched is
  // gone.
  [[nodiscard]] bool ended(std::chrono::steady_clock::time_point deadline) {
    return perf_.wait(deadline).has_value();
  }
  // Of one that has ended: perf's complaint, if that was not as it should be.
  [[nodiscard]] Status judge();
  // CPU time of perf itself, once it has ended.
  [[nodiscard]] std::optional<ChildCpu> cpu() const { return perf_.cpu(); }
  // What it has written; belongs to this object.
  [[nodiscard]] int file() const { return file_.get(); }

 private:
  Status await_answer(UniqueFd answer);

  ChildProcess perf_;
  UniqueFd file_;
  UniqueFd control_;  // perf fails (EINVAL) when it is closed
  Messages messages_;
};

}  // namespace latimer::perftrace
