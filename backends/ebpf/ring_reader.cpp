#include "backends/ebpf/ring_reader.h"

#include <bpf/libbpf.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/model/call_traits.h"
#include "core/model/syscall_arguments.h"
#include "core/sys/clock_anchor.h"

namespace latimer::ebpf {
namespace {

// What a CPU has written is told when it is this old: a program needs some hundred ns from reading the clock
// to publishing its event, but an interrupt may come between.
constexpr std::uint64_t kUnsettledNs = 1'000'000;

EventKind kind_of(lat_u8 kind) {
  switch (kind) {
    case LAT_EVENT_FORKED:
      return EventKind::forked;
    case LAT_EVENT_ENDED:
      return EventKind::ended;
    case LAT_EVENT_REFUSED:
      return EventKind::refused;
    case LAT_EVENT_NO_RETURN:
      return EventKind::no_return;
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
  if (to.kind == EventKind::completed || to.kind == EventKind::killed_inside)
    to.duration_ns = static_cast<std::int64_t>(from.duration_ns);
  if (!returned) return;
  to.return_value = from.ret;
  if (static_cast<lat_u64>(from.ret) >= kSmallestError) to.error = static_cast<std::int32_t>(-from.ret);
}

}  // namespace

RingReader::~RingReader() { ring_buffer__free(last_); }

int RingReader::on_last_event(void* self, void* data, std::size_t size) {
  auto* reader = static_cast<RingReader*>(self);
  if (size >= sizeof(lat_program)) {
    const auto* program = static_cast<const lat_program*>(data);
    const std::size_t length = std::min<std::size_t>(program->length, sizeof program->path);
    reader->programs_run_[program->tid].emplace_back(program->path, length);
  } else if (size >= sizeof(lat_event)) {
    reader->last_events_.push_back(*static_cast<const lat_event*>(data));
  }
  return 0;
}

const lat_event* RingReader::cell(std::uint32_t cpu, std::uint64_t at) const {
  const std::uint64_t length = plan_.config.ring_events;
  return programs_.events() + std::size_t{cpu} * length + (at & (length - 1));
}

// Notes when the next thing of this source ended.
void RingReader::look(std::uint32_t source) {
  const lat_event* next = nullptr;
  if (source == kLast) {
    if (!last_events_.empty()) next = &last_events_.front();
  } else if (rings_[source].tail != rings_[source].head) {
    next = cell(source, rings_[source].tail);
  }
  if (next != nullptr) due_.push({next->start_ns + next->duration_ns, source});
}

void RingReader::take_memory(const lat_event& event, std::uint32_t cpu, std::uint64_t at, SyscallEvent& to) {
  auto& pieces = pieces_.emplace_back();
  std::size_t count = 0;
  for (const lat_piece& piece : event.pieces) {
    if (piece.cells == 0) continue;
    std::string& bytes = texts_.emplace_back();
    // In all cells of a string but its last the kernel ended it for itself.
    const std::size_t per_cell = piece.cells > 1 ? sizeof(lat_event) - 1 : sizeof(lat_event);
    for (std::size_t left = piece.length, i = 0; i < piece.cells; ++i) {
      const std::size_t here = std::min(left, per_cell);
      bytes.append(reinterpret_cast<const char*>(cell(cpu, at++)), here);
      left -= here;
    }
    pieces[count++] = {piece.argument, piece.cut != 0, bytes};
  }
  to.memory = std::span<const MemoryPiece>(pieces.data(), count);
}

// The program that a call has executed, as the path that it was given.
void RingReader::take_program(SyscallEvent& event) {
  const bool executed = event.kind == EventKind::completed && event.error == 0 &&
                        (call_traits(event.abi, event.number) & kExecutes) != 0;
  const auto found = executed ? programs_run_.find(event.tid) : programs_run_.end();
  if (found == programs_run_.end()) return;
  const std::string& path = texts_.emplace_back(std::move(found->second.front()));
  found->second.pop_front();
  if (found->second.empty()) programs_run_.erase(found);
  const CallSpec& spec = call_spec(event.abi, event.number);
  if (spec.path < 0) return;
  pieces_.emplace_back()[0] = {static_cast<std::uint8_t>(spec.path), path.size() + 1 >= LAT_PROGRAM_PATH,
                               path};
  event.memory = std::span<const MemoryPiece>(pieces_.back().data(), 1);
}

void RingReader::gather() {
  if (rings_.empty()) {
    rings_.resize(plan_.cpus);
    last_ = ring_buffer__new(programs_.map_fd(Programs::Map::last_events), on_last_event, this, nullptr);
  }
  // The heads first: what a program told before its event is there then.
  due_ = {};
  pressed_ = false;
  for (std::uint32_t cpu = 0; cpu < plan_.cpus; ++cpu) {
    rings_[cpu].tail = programs_.rings()[cpu].tail;
    rings_[cpu].head = __atomic_load_n(&programs_.rings()[cpu].head, __ATOMIC_ACQUIRE);
    pressed_ = pressed_ || (rings_[cpu].head - rings_[cpu].tail) * 2 > plan_.config.ring_events;
    look(cpu);
  }
  if (last_ != nullptr) ring_buffer__consume(last_);
  look(kLast);
}

void RingReader::read(std::vector<SyscallEvent>& events, std::size_t limit, bool all) {
  events.clear();
  texts_.clear();
  pieces_.clear();
  const auto now = static_cast<std::uint64_t>(monotonic_ns());
  gather();
  while (!due_.empty() && events.size() < limit) {
    const Due due = due_.top();
    if (!all && !pressed_ && due.end_ns + kUnsettledNs > now) break;
    due_.pop();
    SyscallEvent& event = events.emplace_back();
    if (due.source == kLast) {
      translate(last_events_.front(), event);
      last_events_.pop_front();
    } else {
      Ring& ring = rings_[due.source];
      const lat_event& from = *cell(due.source, ring.tail);
      translate(from, event);
      const std::uint64_t cells = from.pieces[0].cells + std::uint64_t{from.pieces[1].cells};
      if (cells > 0) take_memory(from, due.source, ring.tail + 1, event);
      ring.tail += 1 + cells;
      if (!programs_run_.empty()) take_program(event);
    }
    look(due.source);
  }
  // What was read is the programs' again.
  for (std::uint32_t cpu = 0; cpu < plan_.cpus; ++cpu)
    __atomic_store_n(&programs_.rings()[cpu].tail, rings_[cpu].tail, __ATOMIC_RELEASE);
}

}  // namespace latimer::ebpf
