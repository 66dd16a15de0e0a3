// Marker: a thread that is watched along with the targets, and makes system calls when perf trace needs to
// see some.
//
// - perf trace does not say when it has begun: it has when the marker's calls are in the trace.
// - It looks whether it is to end only when an event comes, once one of the threads that it watches has
// ended: the
//   poll(2) that it would wait in answers at once from then on (perf 6.1, trace__run in builtin-trace.c). So
//   the marker itself lives as long as perf.
#pragma once

#include <sys/syscall.h>

#include <atomic>
#include <cstdint>
#include <thread>

namespace latimer::perftrace {

constexpr int kMarkerCall = SYS_getppid;

class Marker {
 public:
  Marker();  // makes a call every 2 ms
  ~Marker();
  Marker(const Marker&) = delete;
  Marker& operator=(const Marker&) = delete;

  [[nodiscard]] std::int32_t tid() const { return tid_; }
  // It has been seen: no more calls but by poke().
  void seen();
  // Makes a call. Thread-safe.
  void poke() noexcept;

 private:
  void run();

  std::atomic<std::int32_t> tid_{0};
  std::atomic<bool> seen_{false}, end_{false};
  std::atomic<unsigned> pokes_{0};
  std::thread thread_;
};

}  // namespace latimer::perftrace
