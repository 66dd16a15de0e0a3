// latimer-workload: programs whose system calls are known exactly, as the measure of every tracer, ours
// included.
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "validation/workloads/looks.h"
#include "validation/workloads/raw.h"
#include "validation/workloads/scenario.h"

namespace latimer::workload {
namespace {

constexpr char kUsage[] =
    "Usage: latimer-workload [OPTIONS] SCENARIO [N] [-- ARGUMENT...]\n"
    "       latimer-workload --list\n"
    "Makes a known number of system calls and prints that number as one line of JSON.\n\n"
    "  --list         the scenarios, one a line, with what N means and its default\n"
    "  --gate         print `ready PID` and wait for a byte or the end of standard input before the first "
    "call\n"
    "  --linger       after the line of JSON, wait for the end of standard input before leaving\n"
    "  --threads T    number of threads (threads, mix, threads-sleep)\n"
    "  --seconds S    run for S seconds instead of N times (loop, threads, mix)\n"
    "  --cpu C        pin the first thread to CPU C, the second to C+1 ...\n"
    "  --time         report the nanoseconds a call took, measured inside (loop, mix)\n"
    "Exit status: 0; 1 a call went wrong; 2 usage; 77 the host lacks a feature that the scenario needs.\n";

template <typename Visit>
void for_each_scenario(Visit visit) {
  for (auto family : {spin_scenarios, children_scenarios, exec_scenarios, signal_scenarios,
                      sleeping_scenarios, waiting_scenarios, error_scenarios, refused_scenarios,
                      file_scenarios, network_scenarios, message_scenarios, memory_scenarios, brk_scenarios,
                      async_scenarios, futex_scenarios, clock_scenarios}) {
    for (const Scenario& scenario : family()) visit(scenario);
  }
}

const Scenario* find_scenario(const char* name) {
  const Scenario* found = nullptr;
  for_each_scenario([&](const Scenario& scenario) {
    if (strcmp(scenario.name, name) == 0) found = &scenario;
  });
  return found;
}

int list_scenarios() {
  for_each_scenario([](const Scenario& scenario) {
    printf("%-20s %s (N=%llu)\n", scenario.name, scenario.summary,
           static_cast<unsigned long long>(scenario.default_n));
  });
  return fflush(stdout) == 0 ? kExitOk : kExitFailure;
}

std::uint64_t parse_number(const char* text, const char* what) {
  char* end = nullptr;
  const unsigned long long value = strtoull(text, &end, 10);
  if (*text < '0' || *text > '9' || *end != '\0') quit(kExitUsage, what, text);
  return value;
}

// readv, not read: read is a truth-bearing call of several scenarios.
void wait_for_input() {
  char byte;
  iovec piece{&byte, 1};
  raw_syscall(SYS_readv, STDIN_FILENO, as_argument(&piece), 1);
}

void wait_for_end_of_input() {
  char byte;
  iovec piece{&byte, 1};
  while (raw_syscall(SYS_readv, STDIN_FILENO, as_argument(&piece), 1) > 0) {
  }
}

void announce() {
  char line[32];
  const int size = snprintf(line, sizeof line, "ready %d\n", getpid());
  require(say({line, static_cast<std::size_t>(size)}), "cannot write to standard output");
}

struct CommandLine {
  Options options;
  bool gate = false;
  bool linger = false;
  bool list = false;
  bool help = false;
};

CommandLine parse_options(int argc, char** argv) {
  static const option kOptions[] = {{"list", no_argument, nullptr, 'l'},
                                    {"help", no_argument, nullptr, 'h'},
                                    {"gate", no_argument, nullptr, 'g'},
                                    {"linger", no_argument, nullptr, 'L'},
                                    {"time", no_argument, nullptr, 't'},
                                    {"threads", required_argument, nullptr, 'T'},
                                    {"seconds", required_argument, nullptr, 's'},
                                    {"cpu", required_argument, nullptr, 'c'},
                                    {nullptr, 0, nullptr, 0}};
  CommandLine line;
  for (int letter; (letter = getopt_long(argc, argv, "h", kOptions, nullptr)) != -1;) {
    switch (letter) {
      case 'l':
        line.list = true;
        break;
      case 'h':
        line.help = true;
        break;
      case 'g':
        line.gate = true;
        break;
      case 'L':
        line.linger = true;
        break;
      case 't':
        line.options.time = true;
        break;
      case 'T':
        line.options.threads = static_cast<unsigned>(parse_number(optarg, "not a number of threads: "));
        break;
      case 's':
        line.options.seconds = static_cast<unsigned>(parse_number(optarg, "not a number of seconds: "));
        break;
      case 'c':
        line.options.cpu = static_cast<int>(parse_number(optarg, "not a CPU number: "));
        break;
      default:
        leave(kExitUsage);
    }
  }
  return line;
}

}  // namespace
}  // namespace latimer::workload

namespace latimer::workload {
int child_main(int argc, char** argv);
}

int main(int argc, char** argv) {
  using namespace latimer::workload;
  if (argc >= 2 && strcmp(argv[1], "--child") == 0) return child_main(argc - 2, argv + 2);
  // getopt permutes arguments, but what follows `--` is the scenario's and must stay in place.
  int own = argc;
  for (int i = 1; i < argc && own == argc; ++i) {
    if (strcmp(argv[i], "--") == 0) own = i;
  }
  CommandLine line = parse_options(own, argv);
  if (line.help) {
    fputs(kUsage, stdout);
    return kExitOk;
  }
  if (line.list) return list_scenarios();
  if (optind >= own) quit(kExitUsage, "no scenario given; `latimer-workload --list` names them");
  const Scenario* scenario = find_scenario(argv[optind]);
  if (scenario == nullptr) quit(kExitUsage, "unknown scenario (see --list): ", argv[optind]);
  line.options.n = optind + 1 < own ? parse_number(argv[optind + 1], "not a number: ") : scenario->default_n;
  if (optind + 2 < own) quit(kExitUsage, "unexpected argument: ", argv[optind + 2]);
  line.options.extra = own < argc ? argv + own + 1 : argv + argc;

  if (line.gate) {
    announce();
    wait_for_input();
  }
  static Truth truth;  // static: too large for a stack that scenarios share with vfork'ed children
  prepare_looks();
  scenario->run(line.options, truth);
  if (!scenario->prints_itself && !truth.print(scenario->name)) return kExitFailure;
  if (line.linger) wait_for_end_of_input();
  leave(kExitOk);
}
