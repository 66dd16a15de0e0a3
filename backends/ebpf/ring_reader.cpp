#include "backends/ebpf/ring_reader.h"

#include <bpf/libbpf.h>

#include <algorithm>
#include <cstring>

namespace latimer::ebpf {
namespace {

EventKind kind_of(lat_u8 kind) {
  switch (kind) {
    case LAT_EVENT_REFUSED:
      return EventKind::refused;
    case LAT_EVENT_KILLED:
      return EventKind::killed_inside;
    default:
      return EventKind::completed;
  }
}

void translate(const lat_event& from, SyscallEvent& to) {
  constexpr lat_u64 kSmallestError = static_cast<lat_u64>(-4095LL);
  to.kind = kind_of(from.kind);
  to.abi = from.abi == 0 ? Abi::x86_64 : Abi::i386;
  to.clock = ClockDomain::monotonic;
  to.duration_source = DurationSource::kernel_delta;
  to.flags =
      static_cast<std::uint8_t>((from.continuation ? kContinuation : 0) | (from.clamped ? kClamped : 0));
  // Who died inside never came back with its registers.
  to.has_args = to.kind != EventKind::killed_inside;
  to.continuations_known = true;
  to.number = from.nr;
  to.tid = from.tid;
  to.tgid = from.tgid;
  to.epoch = from.epoch;
  to.cgroup_id = from.cgroup_id;
  to.start_ns = static_cast<std::int64_t>(from.start_ns);
  std::copy(std::begin(from.args), std::end(from.args), to.args.begin());
  std::memcpy(to.comm.data(), from.comm, sizeof(from.comm));
  const bool returned = to.kind == EventKind::completed || to.kind == EventKind::refused;
  if (to.kind != EventKind::refused) to.duration_ns = static_cast<std::int64_t>(from.duration_ns);
  if (!returned) return;
  to.return_value = from.ret;
  if (static_cast<lat_u64>(from.ret) >= kSmallestError) to.error = static_cast<std::int32_t>(-from.ret);
}

}  // namespace

RingReader::~RingReader() { ring_buffer__free(last_events_); }

int RingReader::on_last_event(void* self, void* data, std::size_t size) {
  if (size < sizeof(lat_event)) return 0;
  auto* reader = static_cast<RingReader*>(self);
  translate(*static_cast<const lat_event*>(data), reader->into_->emplace_back());
  return 0;
}

void RingReader::read_ring(std::uint32_t cpu, std::vector<SyscallEvent>& events, std::size_t limit) {
  lat_ring& ring = programs_.rings()[cpu];
  const std::uint64_t length = plan_.config.ring_events;
  const lat_event* first = programs_.events() + std::size_t{cpu} * length;
  const std::uint64_t head = __atomic_load_n(&ring.head, __ATOMIC_ACQUIRE);
  std::uint64_t tail = ring.tail;
  const std::uint64_t end = std::min<std::uint64_t>(head, tail + limit);
  for (; tail != end; ++tail) translate(first[tail & (length - 1)], events.emplace_back());
  __atomic_store_n(&ring.tail, tail, __ATOMIC_RELEASE);
}

void RingReader::read(std::vector<SyscallEvent>& events, std::size_t limit) {
  events.clear();
  for (std::uint32_t cpu = 0; cpu < plan_.cpus; ++cpu) read_ring(cpu, events, limit);
  into_ = &events;
  if (last_events_ == nullptr) {
    last_events_ =
        ring_buffer__new(programs_.map_fd(Programs::Map::last_events), on_last_event, this, nullptr);
  }
  if (last_events_ != nullptr) ring_buffer__consume(last_events_);
}

}  // namespace latimer::ebpf
