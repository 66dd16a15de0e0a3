// What a validation came to, for people (a summary that is read in ten seconds, then tables), for documents
// and for programs (docs/validate.schema.json). Pure functions.
#pragma once

#include <string>

#include "validation/compare/validate.h"

namespace latimer::compare {

struct RenderHost {
  std::string latimer_version, kernel, machine;
  unsigned cpus = 1;
};

[[nodiscard]] std::string render_text(const ValidateResult& result, const RenderHost& host, bool color,
                                      int width);
[[nodiscard]] std::string render_markdown(const ValidateResult& result, const RenderHost& host);
[[nodiscard]] std::string render_json(const ValidateResult& result, const RenderHost& host);

}  // namespace latimer::compare
