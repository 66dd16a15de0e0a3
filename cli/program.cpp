#include "cli/program.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <string>
#include <system_error>
#include <vector>

#include "cli/commands.h"
#include "cli/diagnostics.h"
#include "core/sys/signal_state.h"
#include "core/sys/stand_in.h"

namespace latimer {
namespace {

// A descriptor that was closed for us would be taken by the next file we open, and then be written to as if
// it were stdout. What stands in for it fails every read and write, as the closed one would.
void occupy_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) continue;
    if (open("/", O_PATH) != fd) std::_Exit(kExitFailure);
  }
}

int run_filled(const std::vector<std::string>& arguments, const std::function<Status(Registry&)>& fill) {
  if (!arguments.empty() && arguments.front() == kStandIn)
    return run_stand_in({arguments.begin() + 1, arguments.end()});
  Registry registry;
  if (const Status filled = fill(registry); !filled) {
    print_error(filled.error());
    const bool with_command = std::find(arguments.begin(), arguments.end(), "--") != arguments.end();
    return exit_code_for(filled.error(), with_command);
  }
  return run_latimer(registry, arguments);
}

}  // namespace

int run_program(int argc, char** argv, const std::function<Status(Registry&)>& fill) {
  occupy_standard_descriptors();
  initial_signal_state();
  ignore_output_signals();
  try {
    return run_filled(std::vector<std::string>(argv + std::min(argc, 1), argv + argc), fill);
  } catch (const std::system_error& error) {
    const bool limited = error.code() == std::errc::resource_unavailable_try_again;
    print_error({Errc::unavailable, std::string("the system refuses another thread or file: ") + error.what(),
                 limited ? "raise the limits: ulimit -u (processes and threads), ulimit -v (memory)" : ""});
    return kExitOwnFailure;
  } catch (const std::exception& error) {
    print_error({Errc::internal, std::string("internal error: ") + error.what(), ""});
    return kExitOwnFailure;
  }
}

}  // namespace latimer
