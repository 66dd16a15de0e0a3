#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include <atomic>
#include <iostream>

#include "tests/support/skip.h"

namespace {
constexpr int kSkipStatus = 77;  // tests/CMakeLists.txt gives ctest the same number
std::atomic<bool> skipped{false};
}  // namespace

namespace latimer::test {
void skip(std::string_view reason) {
  skipped = true;
  std::cout << "SKIPPED: " << reason << std::endl;
}
}  // namespace latimer::test

int main(int argc, char** argv) {
  // Catch2 exits with the number of failed assertions, which could be 77 by chance.
  if (Catch::Session().run(argc, argv) != 0) return 1;
  return skipped ? kSkipStatus : 0;
}
