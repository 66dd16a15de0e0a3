// Names of calls and errors that a log has and our tables do not: of another architecture, of a newer kernel,
// or nobody's. Each gets a number of its own, so that it can be counted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "core/engine/event_source.h"

namespace latimer {

// Memory: the first 100 names of each kind; later ones share one row. Not thread-safe.
class ForeignNameTable {
 public:
  // Below -1.
  std::int32_t call(std::string_view name);
  // Above 4095.
  std::int32_t error(std::string_view name);
  // A call number that has no name: itself, or the number of the shared row.
  std::int32_t nameless(std::int32_t number);

  [[nodiscard]] const ForeignNames& names() const { return names_; }

 private:
  std::unordered_map<std::string, std::int32_t> calls_, errors_;
  std::unordered_set<std::int32_t> nameless_;
  ForeignNames names_;
};

}  // namespace latimer
