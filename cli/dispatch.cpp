#include <fmt/format.h>
#include <algorithm>
#include <array>

#include "cli/commands.h"
#include "cli/diagnostics.h"
#include "cli/help.h"
#include "core/engine/name_suggest.h"

namespace latimer {
namespace {

struct SplitLine {
  std::vector<std::string> own;  // before "--"
  CommandLine argv;
};

SplitLine split(const std::vector<std::string>& arguments) {
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  SplitLine line{{arguments.begin(), dashes}, std::nullopt};
  if (dashes != arguments.end()) line.argv.emplace(dashes + 1, arguments.end());
  return line;
}

int fail(const Error& error, bool with_command) {
  print_error(error);
  return exit_code_for(error, with_command);
}

int print_text(const std::string& text) {
  const Status printed = print_stdout(text);
  return printed.ok() ? kExitOk : fail(printed.error(), false);
}

Error unknown_command(const std::string& word, bool with_command) {
  std::vector<std::string_view> names;
  for (const CommandSpec& command : all_commands()) names.push_back(command.name);
  const std::string close = did_you_mean(nearest_names(word, names));
  std::string hint = "latimer help lists the commands";
  if (!with_command && close.empty())
    hint = fmt::format("to watch a program: latimer -- {0}; to read strace's log: latimer --input {0}", word);
  return {Errc::usage, fmt::format("there is no command '{}'{}", word, close), hint};
}

int run_command(const Registry& registry, const CommandSpec& command, const ParsedOptions& options,
                const CommandLine& argv) {
  if (options.has(Opt::help)) return print_text(command_help(command));
  constexpr std::array<std::string_view, 7> kCaptures = {"latency", "count",  "trace",    "convert",
                                                         "analyze", "report", "histogram"};
  if (std::find(kCaptures.begin(), kCaptures.end(), command.name) != kCaptures.end())
    return run_capture_command(registry, command, options, argv);
  if (command.name == "validate") return run_validate(registry, options, argv);
  if (command.name == "overhead") return run_overhead(registry, options, argv);
  if (argv)
    return fail(
        {Errc::usage, fmt::format("{} starts no command", command.name), "leave out -- and what follows"},
        false);
  if (command.name == "diff") return run_diff(registry, options);
  if (command.name == "help") return run_help(options);
  if (!options.positional().empty()) {
    return fail({Errc::usage, fmt::format("unexpected argument '{}'", options.positional().front()), ""},
                false);
  }
  return command.name == "doctor" ? run_doctor(registry, options) : run_backends(registry, options);
}

}  // namespace

int run_help(const ParsedOptions& options) {
  if (options.has(Opt::man)) return print_text(manual_page());
  if (options.positional().empty()) return print_text(general_help());
  const CommandSpec* command = find_command(options.positional().front());
  if (command == nullptr) return fail(unknown_command(options.positional().front(), true), false);
  return print_text(command_help(*command));
}

int run_latimer(const Registry& registry, const std::vector<std::string>& arguments) {
  SplitLine line = split(arguments);
  const bool with_command = line.argv.has_value();
  if (line.own.empty() && !with_command) {
    print_stderr(general_help());
    return kExitUsage;
  }
  const std::string first = line.own.empty() ? "" : line.own.front();
  if (first == "-h" || first == "--help") return print_text(general_help());
  if (first == "-V" || first == "--version") return print_text(fmt::format("latimer {}\n", LATIMER_VERSION));
  // latency is the default: latimer -- CMD, latimer -p PID.
  const bool is_default = first.empty() || first.starts_with('-');
  const CommandSpec* command = find_command(is_default ? "latency" : first);
  if (command == nullptr) return fail(unknown_command(first, with_command), with_command);
  if (!is_default) line.own.erase(line.own.begin());
  const auto options = ParsedOptions::parse(*command, line.own);
  if (!options) return fail(options.error(), with_command);
  return run_command(registry, *command, *options, line.argv);
}

}  // namespace latimer
