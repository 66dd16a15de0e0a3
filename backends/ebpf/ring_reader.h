// RingReader: the events of stream mode, from the kernel's rings into a batch.
//
// Each CPU has a ring of fixed-size events that the program writes and only this reads; a head and a tail say
// what is filled. An event may have cells behind it with what stood in the caller's memory. Events come in
// the order of their ends per CPU; the CPUs are merged by time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

#include "backends/ebpf/programs.h"
#include "core/model/syscall_event.h"

struct ring_buffer;

namespace latimer::ebpf {

class RingReader {
 public:
  RingReader(Programs& programs, const Plan& plan) : programs_(programs), plan_(plan) {}
  ~RingReader();
  RingReader(const RingReader&) = delete;
  RingReader& operator=(const RingReader&) = delete;

  // Replaces what `events` held by what has arrived, at most `limit` events. What ended in the last
  // millisecond waits: another CPU may be about to tell of something earlier. `all`: nothing can come any
  // more.
  void read(std::vector<SyscallEvent>& events, std::size_t limit, bool all);

 private:
  // The next thing that a CPU, or the buffer of last events (kLast), has to tell.
  struct Due {
    std::uint64_t end_ns = 0;
    std::uint32_t source = 0;
    bool operator>(const Due& other) const { return end_ns > other.end_ns; }
  };
  struct Ring {
    std::uint64_t tail = 0, head = 0;  // as far as is known
  };
  static constexpr std::uint32_t kLast = ~0U;

  static int on_last_event(void* self, void* data, std::size_t size);
  void look(std::uint32_t source);
  void gather();
  void take_program(SyscallEvent& event);
  void take_memory(const lat_event& event, std::uint32_t cpu, std::uint64_t at, SyscallEvent& to);
  [[nodiscard]] const lat_event* cell(std::uint32_t cpu, std::uint64_t at) const;

  Programs& programs_;
  const Plan& plan_;
  ring_buffer* last_ = nullptr;        // births, deaths, calls whose callers died in them
  std::deque<lat_event> last_events_;  // read from it, and not told yet
  std::vector<Ring> rings_;
  bool pressed_ = false;  // a ring is half full: what waits for its order may cost what comes
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  // By thread: paths of executed programs whose execve has not been told yet. What is told waits a while, so
  // that a thread may have executed several.
  std::unordered_map<std::int32_t, std::deque<std::string>> programs_run_;
  // What the events of this batch point to.
  std::deque<std::string> texts_;
  std::deque<std::array<MemoryPiece, LAT_PIECES>> pieces_;
};

}  // namespace latimer::ebpf
