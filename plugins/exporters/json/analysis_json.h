// An Analysis as JSON (docs/schema.md).
#pragma once

#include "core/model/analysis.h"
#include "core/record/report_json.h"

namespace latimer {

[[nodiscard]] Json analysis_json(const Analysis& analysis);

}  // namespace latimer
