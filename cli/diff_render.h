// What diff prints.
#pragma once

#include <string>
#include <vector>

#include "cli/diff_reading.h"
#include "core/stats/comparison.h"
#include "core/stats/fail_if.h"
#include "plugins/exporters/text/style.h"

namespace latimer {

struct DiffResult {
  std::vector<DiffRun> a, b;
  Comparison comparison;
  std::optional<FailOutcome> fail_if;
  std::vector<std::string> warnings;
};

// `top`: rows at most.
[[nodiscard]] std::string diff_text(const DiffResult& result, const Style& style, std::size_t width,
                                    std::size_t top);
[[nodiscard]] std::string diff_markdown(const DiffResult& result, std::size_t top);
[[nodiscard]] std::string diff_json(const DiffResult& result);  // all rows

}  // namespace latimer
