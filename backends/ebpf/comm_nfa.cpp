#include "backends/ebpf/comm_nfa.h"

namespace latimer::ebpf {

ByteSet byte_range(unsigned low, unsigned high) {
  ByteSet set;
  for (unsigned byte = low; byte <= high; ++byte) set.set(byte);
  return set;
}

std::uint32_t CommNfa::add_state() {
  states_.emplace_back();
  return size() - 1;
}

Fragment CommNfa::empty() { return assertion(Edge::free); }

Fragment CommNfa::assertion(Edge edge) {
  const Fragment part{add_state(), add_state()};
  states_[part.in].push_back({edge, part.out, {}});
  return part;
}

Fragment CommNfa::bytes(const ByteSet& set) {
  const Fragment part{add_state(), add_state()};
  states_[part.in].push_back({Edge::bytes, part.out, set});
  return part;
}

Fragment CommNfa::character(const ByteSet& ascii, bool beyond_ascii) {
  if (!beyond_ascii) return bytes(ascii);
  const ByteSet follow = byte_range(0x80, 0xBF);
  const Fragment two = concat(bytes(byte_range(0xC2, 0xDF)), bytes(follow));
  const Fragment three = concat(concat(bytes(byte_range(0xE0, 0xEF)), bytes(follow)), bytes(follow));
  const Fragment four =
      concat(concat(concat(bytes(byte_range(0xF0, 0xF4)), bytes(follow)), bytes(follow)), bytes(follow));
  return either(either(bytes(ascii | byte_range(0x80, 0xFF)), two), either(three, four));
}

Fragment CommNfa::concat(Fragment first, Fragment second) {
  connect(first.out, second.in);
  return {first.in, second.out};
}

Fragment CommNfa::either(Fragment first, Fragment second) {
  const Fragment part{add_state(), add_state()};
  connect(part.in, first.in);
  connect(part.in, second.in);
  connect(first.out, part.out);
  connect(second.out, part.out);
  return part;
}

Fragment CommNfa::repeat(Fragment part, bool at_least_once) {
  const Fragment whole{add_state(), add_state()};
  connect(whole.in, part.in);
  connect(part.out, part.in);
  connect(part.out, whole.out);
  if (!at_least_once) connect(whole.in, whole.out);
  return whole;
}

Fragment CommNfa::copy(Fragment part, std::uint32_t first_state, std::uint32_t end_state) {
  const std::uint32_t offset = size() - first_state;
  for (std::uint32_t i = first_state; i < end_state; ++i) {
    State state = states_[i];
    // Ways out of the part were made by the copy before it, and lead to states behind it: they are not part
    // of it.
    std::erase_if(state, [end_state](const Transition& t) { return t.to >= end_state; });
    for (Transition& transition : state) transition.to += offset;
    states_.push_back(std::move(state));
  }
  return {part.in + offset, part.out + offset};
}

}  // namespace latimer::ebpf
