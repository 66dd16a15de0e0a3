// Ctrl-C, SIGTERM and SIGHUP (a terminal that is closed) during a capture. A thread of its own reads them, so
// that a second one works whatever the main thread is stuck in.
//
//   first    fd() becomes readable: the capture ends, the report follows. SIGTERM is passed on to the
//   launched command. Where there is a
//            command, fd() waits a moment: the signal reaches the command, too, and a tracer that is detached
//            while one is being delivered swallows it (seen with strace 6.1)
//   second   (not within 200 ms: that is the same) whatever is going on: the source is stopped, the process
//   ends with 128 + signal
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "core/model/result.h"
#include "core/sys/signal_fd.h"
#include "core/sys/unique_fd.h"

namespace latimer {

class Interruption {
 public:
  // From the main thread, before any other thread exists.
  static Result<std::unique_ptr<Interruption>> create();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  [[nodiscard]] int fd() const { return ended_.get(); }
  void end_capture();  // as if by a first signal; nobody is signalled
  [[nodiscard]] std::optional<int> first_signal() const;

  void set_command(std::int32_t pid);  // whom a SIGTERM is for
  // What a second signal does before the process ends; thread-safe, bounded in time. {}: nothing.
  void set_emergency(std::function<void()> stop);

 private:
  Interruption() = default;
  void run();
  void handle(const SignalFd::Arrival& arrival);

  std::optional<std::chrono::steady_clock::time_point> end_at_;  // of the thread alone, and the next
  std::chrono::steady_clock::time_point first_at_;
  SignalFd signals_;
  UniqueFd ended_;  // eventfd: the capture is to end
  UniqueFd quit_;   // eventfd: the thread is to end
  UniqueFd command_;
  std::mutex mutex_;  // command_, emergency_
  std::function<void()> emergency_;
  std::atomic<int> first_{0};
  std::thread thread_;
};

}  // namespace latimer
