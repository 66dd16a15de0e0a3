// The columns that files, peers, processes, threads and kinds of work have in common.
#pragma once

#include "core/model/analysis.h"
#include "plugins/exporters/html/html_table.h"

namespace latimer {

void add_activity_columns(HtmlTable& table);
void add_activity_cells(HtmlTable& table, const Activity& activity);

}  // namespace latimer
