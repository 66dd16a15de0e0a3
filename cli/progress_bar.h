// ProgressBar: how far the reading of a log has come, on standard error, which must be a terminal.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "core/engine/event_source.h"

namespace latimer {

// Drawn from a thread of its own, five times a second, when reading takes longer than half a second. Wiped
// away at the end.
class ProgressBar {
 public:
  explicit ProgressBar(const EventSource& source);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

 private:
  void run();

  const EventSource& source_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;
  std::thread thread_;  // last
};

// "[######......]  50 %  1.50 GB of 3.00 GB  412 MB/s  4 s left"; of a pipe: "read 1.40 GB  412 MB/s".
// `width`: columns.
[[nodiscard]] std::string progress_text(const Progress& progress, std::chrono::nanoseconds elapsed,
                                        int width);

}  // namespace latimer
