// The parts of a text report, in the order in which they are printed. Each ends with a newline or is empty.
#pragma once

#include <cstddef>
#include <string>

#include "core/engine/exporter.h"
#include "plugins/exporters/labels.h"
#include "plugins/exporters/text/style.h"

namespace latimer {

struct TextContext {
  const Report& report;
  const ExportOptions& options;
  Style style;
  std::size_t width;  // columns
};

// header.cpp
[[nodiscard]] std::string header_section(const TextContext& context);
[[nodiscard]] std::string interval_line(const TextContext& context);
// call_tables.cpp
[[nodiscard]] std::string latency_tables(const TextContext& context);
[[nodiscard]] std::string count_table(const TextContext& context);
[[nodiscard]] std::string histogram_section(const TextContext& context);
// analysis_tables.cpp
[[nodiscard]] std::string analysis_section(const TextContext& context);
// distribution_section.cpp
[[nodiscard]] std::string distributions_section(const TextContext& context);
// details.cpp
[[nodiscard]] std::string in_flight_section(const TextContext& context);
[[nodiscard]] std::string modes_section(const TextContext& context);
[[nodiscard]] std::string errors_section(const TextContext& context);
[[nodiscard]] std::string special_ends_section(const TextContext& context);
// footer.cpp
[[nodiscard]] std::string verdict_section(const TextContext& context);
[[nodiscard]] std::string overhead_section(const TextContext& context);
[[nodiscard]] std::string warnings_section(const TextContext& context);
[[nodiscard]] std::string ledger_section(const TextContext& context);
[[nodiscard]] std::string interval_ledger_line(const TextContext& context);

// labels.cpp
// "title   text", the text wrapped and indented under itself.
[[nodiscard]] std::string labelled(const TextContext& context, const std::string& painted_label,
                                   std::size_t label_width, const std::string& text);
inline constexpr std::size_t kLabelWidth = 10;  // of verdict, overhead, ledger ...

}  // namespace latimer
