// JSON: one report, one object, one line (so that the reports of -i make JSON Lines). docs/schema.md
// describes every field.
#pragma once

#include <memory>

#include "core/engine/exporter.h"

namespace latimer {

[[nodiscard]] std::unique_ptr<Exporter> make_json_exporter();

}  // namespace latimer
