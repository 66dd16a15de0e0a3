// Exporter: a Report in one format. Pure: the same Report and options give the same bytes; nothing is read,
// measured or printed.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/model/report.h"
#include "core/model/result.h"

namespace latimer {

// What only human formats look at.
struct ExportOptions {
  bool color = false;      // ANSI SGR
  bool unicode = true;     // block characters for distributions; else ASCII
  bool histogram = false;  // full bars for every row (--histogram)
  bool interval_header = true;
  int width = 100;  // columns
  std::optional<std::size_t>
      top;  // rows of each table of an analysis; nullopt: as many as the format finds right
};

class Exporter {
 public:
  virtual ~Exporter() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;  // as -f takes it
  [[nodiscard]] virtual bool machine_readable() const = 0;  // true: needs -o when a command shares stdout
  [[nodiscard]] virtual Result<std::string> serialize(const Report& report,
                                                      const ExportOptions& options) const = 0;
};

}  // namespace latimer
