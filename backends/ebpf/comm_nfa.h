// A nondeterministic automaton over bytes (Thompson, 1968): what a name pattern becomes before it is made
// deterministic.
#pragma once

#include <bitset>
#include <cstdint>
#include <vector>

namespace latimer::ebpf {

using ByteSet = std::bitset<256>;

// A part of the automaton with one way in and one way out.
struct Fragment {
  std::uint32_t in = 0;
  std::uint32_t out = 0;
};

class CommNfa {
 public:
  enum class Edge : std::uint8_t {
    free,      // taken without reading
    at_start,  // ... only before the first byte
    at_end,    // ... only after the last byte
    bytes,     // reads one byte of the set
  };
  struct Transition {
    Edge edge = Edge::free;
    std::uint32_t to = 0;
    ByteSet bytes;
  };
  using State = std::vector<Transition>;

  Fragment empty();
  Fragment assertion(Edge edge);
  Fragment bytes(const ByteSet& set);
  // One character: an ASCII byte of the set or, if `beyond_ascii`, a character beyond ASCII: a UTF-8
  // sequence, or a byte that is not part of one.
  Fragment character(const ByteSet& ascii, bool beyond_ascii);
  Fragment concat(Fragment first, Fragment second);
  Fragment either(Fragment first, Fragment second);
  // Any number of times; `at_least_once` for +.
  Fragment repeat(Fragment part, bool at_least_once);
  // A copy of a part, with states of its own (for x{2,5}). The states of the part are those made since
  // `first_state`.
  Fragment copy(Fragment part, std::uint32_t first_state, std::uint32_t end_state);

  [[nodiscard]] const std::vector<State>& states() const { return states_; }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(states_.size()); }

 private:
  std::uint32_t add_state();
  void connect(std::uint32_t from, std::uint32_t to) { states_[from].push_back({Edge::free, to, {}}); }

  std::vector<State> states_;
};

// All bytes from `low` to `high`, both included.
[[nodiscard]] ByteSet byte_range(unsigned low, unsigned high);

}  // namespace latimer::ebpf
