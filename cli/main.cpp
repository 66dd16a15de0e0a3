// The program's entry: registers what exists and hands over. The order of the backends is the order in which
// auto prefers them.
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <string>
#include <system_error>
#include <vector>

#ifdef LATIMER_HAS_BPFTRACE
#include "backends/bpftrace/bpftrace_backend.h"
#endif
#ifdef LATIMER_HAS_EBPF
#include "backends/ebpf/ebpf_backend.h"
#endif
#ifdef LATIMER_HAS_PERFTRACE
#include "backends/perftrace/perftrace_backend.h"
#endif
#ifdef LATIMER_HAS_STRACE
#include "backends/strace/strace_backend.h"
#endif
#include "cli/commands.h"
#include "cli/diagnostics.h"
#include "core/sys/signal_state.h"
#include "core/sys/stand_in.h"
#include "plugins/exporters/csv/csv_exporter.h"
#include "plugins/exporters/json/json_exporter.h"
#include "plugins/exporters/text/text_exporter.h"

namespace {

// A descriptor that was closed for us would be taken by the next file we open, and then be written to as if
// it were stdout. What stands in for it fails every read and write, as the closed one would.
void occupy_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) continue;
    if (open("/", O_PATH) != fd) std::_Exit(latimer::kExitFailure);
  }
}

latimer::Registry make_registry() {
  latimer::Registry registry;
#ifdef LATIMER_HAS_EBPF
  registry.add(latimer::make_ebpf_backend());
#endif
#ifdef LATIMER_HAS_STRACE
  registry.add(latimer::make_strace_backend());
#endif
#ifdef LATIMER_HAS_PERFTRACE
  registry.add(latimer::make_perftrace_backend());
#endif
#ifdef LATIMER_HAS_BPFTRACE
  registry.add(latimer::make_bpftrace_backend());
#endif
  registry.add(latimer::make_text_exporter());
  registry.add(latimer::make_json_exporter());
  registry.add(latimer::make_csv_exporter());
  return registry;
}

}  // namespace

int main(int argc, char** argv) {
  occupy_standard_descriptors();
  latimer::initial_signal_state();
  latimer::ignore_output_signals();
  try {
    if (argc > 1 && argv[1] == latimer::kStandIn)
      return latimer::run_stand_in(std::vector<std::string>(argv + 2, argv + argc));
    const latimer::Registry registry = make_registry();
    return latimer::run_latimer(registry, std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::system_error& error) {
    const bool limited = error.code() == std::errc::resource_unavailable_try_again;
    latimer::print_error(
        {latimer::Errc::unavailable,
         std::string("the system refuses another thread or file: ") + error.what(),
         limited ? "raise the limits: ulimit -u (processes and threads), ulimit -v (memory)" : ""});
    return latimer::kExitOwnFailure;
  } catch (const std::exception& error) {
    latimer::print_error({latimer::Errc::internal, std::string("internal error: ") + error.what(), ""});
    return latimer::kExitOwnFailure;
  }
}
