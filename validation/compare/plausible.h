// What must hold in every report, whatever was traced and whoever traced it.
#pragma once

#include <cstdint>
#include <vector>

#include "validation/compare/complaint.h"
#include "validation/compare/observation.h"

namespace latimer::compare {

// Calls that the ledger says are missing. Those of which one end is known count, and those of tasks that the
// kernel hides are explained (expectation.h): neither is among them.
[[nodiscard]] std::uint64_t lost_calls(const Ledger& ledger);

// Of the ledger, its rows and times; each is a defect of whoever made the report.
[[nodiscard]] std::vector<Complaint> contradictions(const Observation& seen);

}  // namespace latimer::compare
