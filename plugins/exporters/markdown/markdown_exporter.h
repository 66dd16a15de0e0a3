// Reports as Markdown (CommonMark with the tables of GitHub Flavored Markdown), for tickets and wikis.
#pragma once

#include <memory>

#include "core/engine/exporter.h"

namespace latimer {

[[nodiscard]] std::unique_ptr<Exporter> make_markdown_exporter();

}  // namespace latimer
