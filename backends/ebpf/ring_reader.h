// RingReader: the events of stream mode, from the kernel's rings into a batch.
//
// Each CPU has a ring of fixed-size events that the program writes and only this reads; a head and a tail say
// what is filled. Events come in the order of their ends per CPU; the CPUs are not merged by time.
#pragma once

#include <cstddef>
#include <cstdint>
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

  // Replaces what `events` held by what has arrived, `limit` events at most per CPU.
  void read(std::vector<SyscallEvent>& events, std::size_t limit);

 private:
  static int on_last_event(void* self, void* data, std::size_t size);
  void read_ring(std::uint32_t cpu, std::vector<SyscallEvent>& events, std::size_t limit);

  Programs& programs_;
  const Plan& plan_;
  ring_buffer* last_events_ = nullptr;  // of callers that died
  std::vector<SyscallEvent>* into_ = nullptr;
};

}  // namespace latimer::ebpf
