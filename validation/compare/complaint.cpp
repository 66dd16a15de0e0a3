#include "validation/compare/complaint.h"

#include <array>

namespace latimer::compare {

std::string_view to_string(ComplaintKind kind) {
  constexpr std::array<std::string_view, 9> kNames = {"count",  "errors", "killed",  "in_flight", "logical",
                                                      "ledger", "rows",   "latency", "failed"};
  return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace latimer::compare
