#pragma once

#include <string_view>

namespace latimer::test {

// Marks the running Catch2 case as skipped; the case returns right after. Catch2 2.x has no such thing
// itself. The program then exits with 77, which ctest shows as "Skipped", unless an assertion failed as well:
// a failure wins.
void skip(std::string_view reason);

}  // namespace latimer::test
