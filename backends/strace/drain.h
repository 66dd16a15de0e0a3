// Drain: a thread that empties strace's pipes. Nothing else may keep strace waiting: while strace waits, so
// do all that it traces.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "backends/strace/messages.h"
#include "core/sys/line_buffer.h"
#include "core/sys/unique_fd.h"

namespace latimer::strace {

struct Block {
  std::string data;
  bool stalled =
      false;  // the pipe was full when this was read: strace, and what it traces, was probably waiting for us
};

// What strace has said up to now.
struct Messages {
  std::map<std::int32_t, std::string> attach;  // by requested pid: "" attached, else why not
  std::vector<std::string> other;              // the first few that are worth telling
  std::uint64_t other_count = 0;
  std::optional<std::int32_t>
      compat_pid;  // the first that was seen to make 32-bit calls, when the trace itself does not tell
};

class Drain {
 public:
  // `requested`: the pids that strace was told to attach to. `memory`: bytes that may wait for take().
  Drain(UniqueFd output, std::size_t capacity, UniqueFd errors, const std::vector<std::int32_t>& requested,
        std::size_t memory);
  ~Drain();  // ends the thread, whatever state strace is in
  Drain(const Drain&) = delete;
  Drain& operator=(const Drain&) = delete;

  // Readable when take() has something or all is over.
  [[nodiscard]] int ready_fd() const { return ready_.get(); }
  // False: nothing now.
  bool take(Block& block);
  // All was read and taken; strace has closed its end.
  [[nodiscard]] bool over() const;

  // Waits until every requested pid has been answered for, or strace has closed its end.
  void wait_attached(std::chrono::steady_clock::time_point deadline);
  [[nodiscard]] Messages messages() const;

  // If the pipe is still open then, `action` is called from the thread, once.
  void at(std::chrono::steady_clock::time_point when, std::function<void()> action);

  [[nodiscard]] std::uint64_t stalls() const { return stalls_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::chrono::nanoseconds longest_stall() const {
    return std::chrono::nanoseconds(longest_stall_.load());
  }

 private:
  using Clock = std::chrono::steady_clock;
  void run();
  void read_output();
  void read_errors();
  void wait_for_room();
  void do_due_action();
  [[nodiscard]] int timeout() const;
  void push(Block block);

  UniqueFd output_;
  const std::size_t capacity_;
  UniqueFd errors_;
  const std::size_t memory_;
  UniqueFd ready_;  // eventfd
  UniqueFd wake_;   // eventfd: look again at action_ and end_
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Block> blocks_;
  std::size_t waiting_ = 0;
  bool eof_ = false;
  bool end_ = false;
  Messages messages_;
  std::size_t unanswered_ = 0;
  Clock::time_point action_time_ = Clock::time_point::max();
  std::function<void()> action_;
  LineBuffer error_lines_;
  Clock::time_point last_read_ = Clock::now();
  std::atomic<std::uint64_t> stalls_{0};
  std::atomic<std::int64_t> longest_stall_{0};
  std::thread thread_;  // last
};

}  // namespace latimer::strace
