// The report that people read: 80 to 120 columns, most important first, complete down to the ledger.
#pragma once

#include <memory>

#include "core/engine/exporter.h"

namespace latimer {

[[nodiscard]] std::unique_ptr<Exporter> make_text_exporter();

}  // namespace latimer
