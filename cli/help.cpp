#include "cli/help.h"

#include <fmt/format.h>

#include "plugins/exporters/text/table.h"

namespace latimer {
namespace {

constexpr std::size_t kWidth = 96;
constexpr std::size_t kOptionColumn = 26;

std::string option_line(const OptionSpec& option) {
  std::string head = option.letter != '\0' ? fmt::format("  -{}, --{}", option.letter, option.name)
                                           : fmt::format("      --{}", option.name);
  if (!option.argument.empty()) head += fmt::format(" {}", option.argument);
  std::string lead(kOptionColumn, '.');
  const std::string text =
      wrap_text(lead + std::string(option.help), kWidth, kOptionColumn).substr(kOptionColumn);
  if (head.size() + 2 > kOptionColumn) return fmt::format("{}\n{:{}}{}\n", head, "", kOptionColumn, text);
  return fmt::format("{:{}}{}\n", head, kOptionColumn, text);
}

std::string examples_text(std::span<const Example> examples) {
  std::string out;
  for (const Example& example : examples) out += fmt::format("  {}\n      {}\n", example.line, example.what);
  return out;
}

}  // namespace

std::string command_help(const CommandSpec& command) {
  std::string out = fmt::format("latimer {}: {}\n\nExamples\n{}", command.name, command.summary,
                                examples_text(command.examples));
  out +=
      "\nUsage\n  " + wrap_text(fmt::format("latimer {} {}", command.name, command.usage), kWidth, 4) + "\n";
  if (!command.text.empty()) out += "\n" + wrap_text(command.text, kWidth, 0) + "\n";
  for (const OptGroup group :
       {OptGroup::target, OptGroup::capture, OptGroup::comparison, OptGroup::output, OptGroup::other}) {
    std::string lines;
    for (const Opt id : command.options) {
      if (option_spec(id).group == group) lines += option_line(option_spec(id));
    }
    if (!lines.empty()) out += fmt::format("\n{}\n{}", to_string(group), lines);
  }
  return out;
}

std::string general_help() {
  std::string out =
      "latimer: where does the time go when a program enters the kernel?\n\nExamples\n"
      "  latimer -- find /usr/include -name '*.h'\n      run a command and see what its system calls cost\n"
      "  sudo latimer latency -p 1234 -d 10\n      watch a running process for ten seconds\n"
      "  latimer doctor\n      what works on this host\n\n"
      "Usage\n  latimer COMMAND [OPTIONS] [-- CMD [ARGS...]]\n\nCommands\n";
  for (const CommandSpec& command : all_commands())
    out += fmt::format("  {:10} {}\n", command.name, command.summary);
  return out + "\nlatimer COMMAND -h has the options of each; latimer --version the version.\n";
}

}  // namespace latimer
