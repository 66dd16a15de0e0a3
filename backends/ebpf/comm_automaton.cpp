#include "backends/ebpf/comm_automaton.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "backends/ebpf/comm_nfa.h"
#include "backends/ebpf/comm_regex.h"

namespace latimer::ebpf {
namespace {

using StateSet = std::set<std::uint32_t>;

class Determiniser {
 public:
  Determiniser(const CommNfa& nfa, std::uint32_t accept) : nfa_(nfa), accept_(accept) {}

  // nullopt: too many states.
  std::optional<CommAutomaton> run(std::uint32_t start) {
    automaton_.states.resize(1);  // kCommReject
    number_of(closure({start}, true, false), closure({start}, true, true).contains(accept_));
    for (std::size_t at = kCommStart; at < automaton_.states.size(); ++at) {
      const StateSet here = sets_.at(at - kCommStart);
      for (unsigned byte = 1; byte < 256; ++byte) {
        const StateSet moved = move(here, byte);
        if (moved.empty()) continue;
        const lat_u8 next =
            number_of(closure(moved, false, false), closure(moved, false, true).contains(accept_));
        if (automaton_.states.size() > kMaxCommStates) return std::nullopt;
        automaton_.states[at].next[byte] = next;
      }
    }
    return automaton_;
  }

 private:
  [[nodiscard]] StateSet closure(StateSet set, bool at_start, bool at_end) const {
    std::vector<std::uint32_t> open(set.begin(), set.end());
    while (!open.empty()) {
      const std::uint32_t state = open.back();
      open.pop_back();
      for (const CommNfa::Transition& t : nfa_.states()[state]) {
        const bool passes = t.edge == CommNfa::Edge::free ||
                            (t.edge == CommNfa::Edge::at_start && at_start) ||
                            (t.edge == CommNfa::Edge::at_end && at_end);
        if (passes && set.insert(t.to).second) open.push_back(t.to);
      }
    }
    return set;
  }

  [[nodiscard]] StateSet move(const StateSet& from, unsigned byte) const {
    StateSet moved;
    for (const std::uint32_t state : from) {
      for (const CommNfa::Transition& t : nfa_.states()[state]) {
        if (t.edge == CommNfa::Edge::bytes && t.bytes.test(byte)) moved.insert(t.to);
      }
    }
    return moved;
  }

  // The set before anything was read differs from an equal one later: it may still pass a ^.
  lat_u8 number_of(const StateSet& set, bool accept) {
    const auto [place, is_new] = numbers_.try_emplace({set, accept}, automaton_.states.size());
    if (is_new) {
      automaton_.states.push_back({});
      automaton_.states.back().accept = accept ? 1 : 0;
      sets_.push_back(set);
    }
    return static_cast<lat_u8>(place->second);
  }

  const CommNfa& nfa_;
  std::uint32_t accept_;
  CommAutomaton automaton_;
  std::vector<StateSet> sets_;  // of automaton_.states[kCommStart + i]
  std::map<std::pair<StateSet, bool>, std::size_t> numbers_;
};

}  // namespace

bool CommAutomaton::matches(std::string_view name) const {
  lat_u8 at = kCommStart;
  for (const char c : name) {
    if (c == '\0') break;
    at = states[at].next[static_cast<unsigned char>(c)];
  }
  return states[at].accept != 0;
}

Result<CommAutomaton> build_comm_automaton(const NamePattern& pattern) {
  CommNfa nfa;
  const std::string_view text = pattern.text();
  const bool is_regex = text.front() == '/';
  Result<Fragment> parsed =
      is_regex ? parse_comm_regex(nfa, text.substr(1, text.size() - 2)) : parse_comm_glob(nfa, text);
  if (!parsed) return std::move(parsed).error();
  Fragment whole = *parsed;
  if (is_regex) {  // matches anywhere in the name
    const ByteSet any = byte_range(0, 255);
    whole =
        nfa.concat(nfa.concat(nfa.repeat(nfa.bytes(any), false), whole), nfa.repeat(nfa.bytes(any), false));
  }
  std::optional<CommAutomaton> automaton = Determiniser(nfa, whole.out).run(whole.in);
  if (!automaton) {
    return Error{Errc::unsupported,
                 fmt::format("'{}' is too complex to be matched in the kernel (more than {} states)", text,
                             kMaxCommStates),
                 "give a simpler pattern"};
  }
  return *std::move(automaton);
}

}  // namespace latimer::ebpf
