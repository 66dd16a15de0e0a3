#include "cli/built_in.h"
#include "cli/program.h"

int main(int argc, char** argv) {
  return latimer::run_program(argc, argv, [](latimer::Registry& registry) {
    latimer::add_built_in(registry);
    return latimer::Status();
  });
}
