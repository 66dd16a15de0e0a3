#include "plugins/exporters/html/activity_columns.h"

namespace latimer {

void add_activity_columns(HtmlTable& table) {
  table.numbers({"Calls", "Errors", "Working", "Waiting", "p50", "p95", "p99", "Max", "Read", "Written"});
}

void add_activity_cells(HtmlTable& table, const Activity& activity) {
  const bool timed = activity.timed();
  const auto time = [&](std::uint64_t ns) { timed ? table.duration(ns) : table.unknown(); };
  table.count(activity.count);
  table.count(activity.errors);
  time(activity.working_ns());
  time(activity.waiting_ns);
  table.duration(activity.p50_ns);
  table.duration(activity.p95_ns);
  table.duration(activity.p99_ns);
  time(activity.max_ns);
  table.size(activity.read_bytes);
  table.size(activity.written_bytes);
}

}  // namespace latimer
