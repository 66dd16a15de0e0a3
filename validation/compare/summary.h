// The few sentences and numbers that text and markdown have in common.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "validation/compare/validate.h"

namespace latimer::compare {

// "294 cells: 280 exact, 8 explained, 6 skipped"
// "57 scenarios x 6 ways x 1 run".
[[nodiscard]] std::string extent(const ValidateResult& result);
[[nodiscard]] std::string count_line(const ValidateResult& result);
// "of 36 comparisons 30 agree, 6 are unclear, 12 are too short to tell", or why there are none.
[[nodiscard]] std::string latency_line(const ValidateResult& result);
[[nodiscard]] std::string call_by_call_line(
    const ValidateResult& result);  // empty: there was nothing to compare
[[nodiscard]] std::string beside_line(const ValidateResult& result);
[[nodiscard]] std::string verdict_line(const ValidateResult& result);

// "exact", "exact (2 runs made again)", "FAIL"
[[nodiscard]] std::string cell_text(const Cell& cell);

// A note on cells: what is explained, wrong, lost or skipped. One for all cells that share it.
struct Note {
  std::string text;
  std::vector<std::string> where;  // "int80 by perftrace-record"
};
[[nodiscard]] std::vector<Note> notes_of(const ValidateResult& result);

// "2 to 4 (ebpf-stream), always 3 (strace)"
[[nodiscard]] std::string ways_text(const PeerRow& row);

}  // namespace latimer::compare
