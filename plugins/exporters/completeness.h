// Whether a report is complete, in words. Escaped with escape_bytes().
#pragma once

#include <cstdint>
#include <string>

#include "core/model/report.h"

namespace latimer {

// Why the report is not complete, with the figures.
[[nodiscard]] std::string incompleteness(const Report& report);
// What the ledger of a complete report says.
[[nodiscard]] std::string what_balances(const Report& report);

[[nodiscard]] std::uint64_t sum_of(const CountsByName& counts);

}  // namespace latimer
