// Histograms as SVG 1.1 pictures: what `histogram -f svg` writes.
#pragma once

#include <memory>

#include "core/engine/exporter.h"

namespace latimer {

[[nodiscard]] std::unique_ptr<Exporter> make_svg_exporter();

}  // namespace latimer
