// latimer-damaged: latimer, and a backend that is broken as LATIMER_DAMAGE says (damage_plan.h). Never
// installed: it is there to see validate catch what is wrong.
#include <cstdlib>
#include <string>

#include "cli/built_in.h"
#include "cli/program.h"
#include "tests/damaged/damaged_backend.h"

namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

int main(int argc, char** argv) {
  return latimer::run_program(argc, argv, [](latimer::Registry& registry) -> latimer::Status {
    latimer::add_built_in(registry);
    const auto plan = latimer::damaged::parse_damage(variable("LATIMER_DAMAGE"));
    if (!plan) return plan.error();
    return latimer::damaged::add_damaged_backend(registry, plan.value(), variable("LATIMER_DAMAGE_REPORT"));
  });
}
