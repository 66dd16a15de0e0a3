// The parts of the page, in the order in which they stand. Each is there whatever the report holds: one that
// has nothing to show says so, because a missing part would read as "nothing happened".
#pragma once

#include <string>

#include "core/model/report.h"
#include "plugins/exporters/html/page.h"

namespace latimer {

// Rows of tables that grow with the input (files, peers, threads); a sentence tells how many more there are.
inline constexpr std::size_t kMostHtmlRows = 200;

// heading.cpp
[[nodiscard]] std::string page_title(const Report& report);  // HTML
[[nodiscard]] std::string page_heading(const Report& report);
[[nodiscard]] Part warnings_part(const Report& report);
[[nodiscard]] Part verdict_part(const Report& report);
// work.cpp
[[nodiscard]] Part work_part(const Report& report);
// calls.cpp
[[nodiscard]] Part calls_part(const Report& report);
// heatmap.cpp
[[nodiscard]] Part latency_over_time_part(const Report& report);
// work_over_time.cpp
[[nodiscard]] Part work_over_time_part(const Report& report);
// thread_timeline.cpp
[[nodiscard]] Part thread_timeline_part(const Report& report);
// targets.cpp
[[nodiscard]] Part files_part(const Report& report);
[[nodiscard]] Part peers_part(const Report& report);
// connections.cpp
[[nodiscard]] Part connections_part(const Report& report);
// tasks.cpp
[[nodiscard]] Part tasks_part(const Report& report);
[[nodiscard]] Part latency_classes_part(const Report& report);
// ledger.cpp
[[nodiscard]] Part ledger_part(const Report& report);
[[nodiscard]] Part in_flight_part(const Report& report);

}  // namespace latimer
