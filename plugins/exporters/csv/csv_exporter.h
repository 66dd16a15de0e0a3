// CSV as RFC 4180 has it: CRLF, a header row, quotes doubled. docs/schema.md describes the columns.
//
// RFC 4180 knows no comments, so what belongs to a report besides its rows (ledger, calls in flight,
// warnings) are rows, too, told apart by the first column, `record`.
#pragma once

#include <memory>

#include "core/engine/exporter.h"

namespace latimer {

// ExportOptions::interval_header false leaves the header row out: for the second and later reports of one
// file.
[[nodiscard]] std::unique_ptr<Exporter> make_csv_exporter();

}  // namespace latimer
