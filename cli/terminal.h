// What the place that text goes to can show.
#pragma once

#include "cli/capture_settings.h"
#include "core/engine/exporter.h"

namespace latimer {

// For text written to `fd`; -1: to a file. Reads the environment: NO_COLOR, TERM, COLUMNS, LC_ALL, LC_CTYPE,
// LANG.
[[nodiscard]] ExportOptions terminal_options(int fd, ColorChoice color);

[[nodiscard]] bool is_terminal(int fd);

}  // namespace latimer
