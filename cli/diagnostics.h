// What Latimer says on standard error. One writer per process; lines are written whole.
#pragma once

#include <string>
#include <string_view>

#include "core/model/result.h"

namespace latimer {

// Exit statuses (docs: EXIT STATUS in the manual page).
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitLoss = 3;
inline constexpr int kExitConditionHolds = 4;  // of diff --fail-if
inline constexpr int kExitOwnFailure = 125;    // with CMD: Latimer's own failures
inline constexpr int kExitNotExecutable = 126;
inline constexpr int kExitNotFound = 127;

// The status of an error. `with_command`: a CMD was given.
[[nodiscard]] int exit_code_for(const Error& error, bool with_command);

// Text that may hold anything, made harmless for a terminal; newlines and backslashes stay.
[[nodiscard]] std::string terminal_safe(std::string_view text);

void say(std::string_view line);           // "latimer: line"
void print_error(const Error& error);      // "latimer: message", the hint below it
void print_stderr(std::string_view text);  // as it is

// Writes all of it; io when it cannot be (disk full). A closed pipe is success: nobody wants the rest.
[[nodiscard]] Status print_stdout(std::string_view text);

}  // namespace latimer
