// A line of one of Latimer's trace files -> what it says (core/record/trace_format.h). Columns go by the
// header's names, so that a file whose columns were moved, or that got others, is read all the same.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/model/result.h"
#include "core/record/trace_format.h"

namespace latimer::recorded {

// Where in a line each column is.
struct Columns {
  char separator = ',';
  std::array<std::int16_t, kTraceColumns> place{};  // -1: the file has no such column
  std::size_t count = 0;                            // columns in all
};

// Errc::unsupported: no such header, or one without a column that cannot be done without. `line`: without its
// end; a byte order mark and a CR are let pass.
[[nodiscard]] Result<Columns> parse_header(std::string_view line);

// The fields of a line as they stand, quotes and all.
struct Fields {
  std::array<std::string_view, kTraceColumns> text{};
  std::array<bool, kTraceColumns> doubled{};  // there are doubled quotes in it
  const char* problem = nullptr;              // why the line is no row; the rest means nothing then
  std::size_t column = 0;                     // byte where that is

  [[nodiscard]] std::string_view operator[](TraceColumn which) const {
    return text[static_cast<std::size_t>(which)];
  }
};

// Fields that the line lacks at its end are empty.
void split_row(std::string_view line, const Columns& columns, Fields& fields);

// A field without its doubled quotes.
[[nodiscard]] std::string undoubled(std::string_view text);

// The bytes that a text field stands for. Into `scratch` where they are not the field itself. nullopt: an
// escape that nobody made.
[[nodiscard]] std::optional<std::string_view> field_bytes(const Fields& fields, TraceColumn column,
                                                          std::string& scratch);

}  // namespace latimer::recorded
