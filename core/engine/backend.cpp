#include "core/engine/backend.h"

namespace latimer {

const ProbeCheck* ProbeReport::first_failure() const {
  for (const ProbeCheck& check : checks) {
    const bool failed =
        check.outcome == ProbeCheck::Outcome::missing || check.outcome == ProbeCheck::Outcome::fails;
    if (failed && check.required) return &check;
  }
  return nullptr;
}

bool ProbeReport::available() const { return first_failure() == nullptr; }

}  // namespace latimer
