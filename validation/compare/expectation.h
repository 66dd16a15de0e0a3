// What a way must see of a workload: the truth, and what is known beforehand about the way. A reason may
// change a figure only by a number that it has from elsewhere than the difference it explains: the truth's
// other figures, the host's tables of calls, or what the way's ledger says it has not seen. It does so before
// anything is compared.
#pragma once

#include <string>
#include <vector>

#include "validation/compare/observation.h"
#include "validation/compare/truth.h"
#include "validation/measure/way.h"

namespace latimer::compare {

// What was taken into account, and how many calls it is about.
struct Reason {
  std::string text;
  std::uint64_t calls = 0;
};
[[nodiscard]] Reason half_told_reason(std::uint64_t calls);

struct Expectation {
  CallTable calls;
  CountsByName killed_inside, in_flight, logical;
  std::uint64_t refused = 0;
  std::vector<Reason> reasons;
};

// `library`: what the same way sees of a workload that makes no calls of its own: its C library's.
[[nodiscard]] Expectation expect(const Truth& truth, const Way& way, const Observation& seen,
                                 const CallTable& library);

// Whether the way names calls of another ABI by its own table, and the truth has some.
[[nodiscard]] bool mixes_abis(const Truth& truth, const Way& way);

}  // namespace latimer::compare
