// The program from main() on, for whatever set of backends: latimer, and the damaged one of the tests.
#pragma once

#include <functional>

#include "core/engine/registry.h"

namespace latimer {

// `fill`: registers what exists; an error of it is printed and ends the program. To be called once, first
// thing in main(). Returns the exit status; may end by a signal of its own (end_like).
int run_program(int argc, char** argv, const std::function<Status(Registry&)>& fill);

}  // namespace latimer
