// One HTML page that needs nothing else: style, script and drawings are in it, and its own policy forbids it
// any network access. For people: on screens from 360 px on, on paper, by keyboard, without scripts.
#pragma once

#include <memory>

#include "core/engine/exporter.h"

namespace latimer {

[[nodiscard]] std::unique_ptr<Exporter> make_html_exporter();

}  // namespace latimer
