// The words that the text and the Markdown have in common: titles, cells of the tables, lines about limits.
#pragma once

#include <string>
#include <vector>

#include "validation/overhead/overhead_report.h"

namespace latimer::overhead {

[[nodiscard]] std::vector<std::string> column_titles(Figure figure);
[[nodiscard]] std::vector<std::string> cells_of(const OverheadReport& report, const Row& row);

// "compile: g++ compiles a file ...".
[[nodiscard]] std::string title_of(const Task& task);

// What the columns mean.
[[nodiscard]] std::string legend();

// "Linux 6.18.44 x86_64, 2 CPUs (Intel ...), latimer 0.1.0; strace 6.1, ...".
[[nodiscard]] std::string machine_of(const OverheadReport& report);
// "9 rounds in random order, seed 1; 523 runs, 4 of them repeated ...".
[[nodiscard]] std::string runs_of(const OverheadReport& report);

[[nodiscard]] std::string verdict_word(Judgment verdict);  // met, MISSED, open, not judged
[[nodiscard]] std::string seen_of(const Limit& limit);     // "0.31 % (-0.22 to 0.85)"; why it was not judged
[[nodiscard]] std::string summary_of(const OverheadReport& report);  // "9 limits met, 1 missed, ..."

// Whatever went wrong or is missing, a line each.
[[nodiscard]] std::vector<std::string> complaints_of(const OverheadReport& report);

}  // namespace latimer::overhead
