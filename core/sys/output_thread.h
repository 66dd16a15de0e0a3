// OutputThread: writes text to a descriptor, usually stdout, without ever blocking whoever produces it:
// `latimer ... | less` must not freeze what is being traced.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "core/model/result.h"
#include "core/sys/unique_fd.h"

namespace latimer {

// The public functions may be called from any thread; none but finish() waits.
class OutputThread {
 public:
  // Does not own `fd`. `limit`: bytes that may wait before try_push() refuses more.
  explicit OutputThread(int fd, std::size_t limit = std::size_t{256} << 10);
  ~OutputThread();  // what has not been written by then is dropped
  OutputThread(const OutputThread&) = delete;
  OutputThread& operator=(const OutputThread&) = delete;

  // False: the reader stalls and the text was not taken; merge it with the next one.
  bool try_push(std::string text);
  // Whether try_push() would take a text of a usual size now: asked before the work of making one.
  [[nodiscard]] bool has_room() const;
  // Takes it in any case: final reports.
  void push(std::string text);

  enum class State { open, closed, failed };  // closed: nobody reads any more (EPIPE), which is no error
  [[nodiscard]] State state() const;

  // Waits until all is written, nobody reads, or the deadline has passed. An error: text could not be written
  // (disk full).
  [[nodiscard]] Status finish(
      std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max());

 private:
  void run();
  bool write_text(std::string_view text);  // false: no more writing

  const int fd_;
  const std::size_t limit_;
  UniqueFd abandon_;  // eventfd: readable when the thread is to end at once
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> queue_;
  std::size_t waiting_ = 0;  // bytes in queue_ and in hand
  bool stop_ = false;
  State state_ = State::open;
  int error_ = 0;
  std::thread thread_;  // last: started when all else is there
};

}  // namespace latimer
