// One run of one workload, seen one way, against its truth.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "validation/compare/complaint.h"
#include "validation/compare/expectation.h"
#include "validation/compare/observation.h"
#include "validation/compare/truth.h"
#include "validation/real/real_workload.h"

namespace latimer::compare {

// From best to worst.
enum class Verdict : std::uint8_t {
  skipped,    // this host, or this way, cannot do it; nothing was seen
  exact,      // every figure is the truth's
  explained,  // every figure is what was expected beforehand of this way
  lost,       // the way says itself what it lost, and no figure is off by more
  fail,
};
[[nodiscard]] std::string_view to_string(Verdict verdict);

struct Judgement {
  Verdict verdict = Verdict::exact;
  std::vector<Reason> reasons;  // of what is explained
  std::vector<Complaint> complaints;
};

// Counts, errors, calls that ended otherwise; the ledger; what must hold in every row; the lengths of sleeps
// and the time that all threads had.
// `library`: see expect().
[[nodiscard]] Judgement judge(const Truth& truth, const Way& way, const Observation& seen,
                              const CallTable& library);

// Without a truth: what must hold whatever was traced, what must show, and whether something was lost.
[[nodiscard]] Judgement judge_alone(const Observation& seen, const std::vector<MustShow>& must_show);

}  // namespace latimer::compare
