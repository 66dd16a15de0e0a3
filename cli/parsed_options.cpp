#include "cli/parsed_options.h"

#include <fmt/format.h>
#include <boost/program_options.hpp>

#include <algorithm>

#include "core/engine/name_suggest.h"

namespace latimer {
namespace {

namespace po = boost::program_options;

constexpr const char* kPositional = "latimer-positional";

// Exact names only: an abbreviation that works today may be ambiguous tomorrow.
constexpr int kStyle = (po::command_line_style::unix_style & ~po::command_line_style::allow_guessing);

po::options_description describe(const CommandSpec& command) {
  po::options_description description;
  for (const Opt id : command.options) {
    const OptionSpec& option = option_spec(id);
    std::string name(option.name);
    if (option.letter != '\0') name += std::string(",") + option.letter;
    if (option.argument.empty()) {
      description.add_options()(name.c_str(), "");
    } else if (option.repeatable) {
      description.add_options()(name.c_str(), po::value<std::vector<std::string>>()->composing(), "");
    } else {
      description.add_options()(name.c_str(), po::value<std::string>(), "");
    }
  }
  description.add_options()(kPositional, po::value<std::vector<std::string>>(), "");
  return description;
}

// "--input-flags -f" with a blank: the value may look like an option.
std::vector<std::string> with_values_joined(const CommandSpec& command,
                                            const std::vector<std::string>& arguments) {
  std::vector<std::string> joined;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    joined.push_back(arguments[i]);
    for (const Opt id : command.options) {
      const OptionSpec& option = option_spec(id);
      if (option.argument.empty() || arguments[i] != fmt::format("--{}", option.name)) continue;
      if (i + 1 < arguments.size()) joined.back() += "=" + arguments[++i];
      break;
    }
  }
  return joined;
}

// "--input ''", or "--input=": a variable that was not set, most likely. nullptr: none is such.
const OptionSpec* option_without_value(const CommandSpec& command, const std::vector<std::string>& joined) {
  for (const Opt id : command.options) {
    const OptionSpec& option = option_spec(id);
    if (option.argument.empty()) continue;
    if (std::find(joined.begin(), joined.end(), fmt::format("--{}=", option.name)) != joined.end())
      return &option;
  }
  return nullptr;
}

Error unknown_option(const CommandSpec& command, const std::string& name) {
  std::vector<std::string> known;
  for (const Opt id : command.options) known.push_back("--" + std::string(option_spec(id).name));
  const std::vector<std::string_view> views(known.begin(), known.end());
  return {Errc::usage,
          fmt::format("{} has no option {}{}", command.name, name, did_you_mean(nearest_names(name, views))),
          fmt::format("latimer {} -h lists them", command.name)};
}

}  // namespace

Result<ParsedOptions> ParsedOptions::parse(const CommandSpec& command,
                                           const std::vector<std::string>& arguments) {
  try {
    const std::vector<std::string> joined = with_values_joined(command, arguments);
    if (const OptionSpec* option = option_without_value(command, joined)) {
      return Error{Errc::usage, fmt::format("--{}: its {} is empty", option->name, option->argument),
                   "give one, or leave the option out"};
    }
    const po::options_description description = describe(command);
    po::positional_options_description positional;
    positional.add(kPositional, -1);
    po::variables_map map;
    po::store(po::command_line_parser(joined).options(description).positional(positional).style(kStyle).run(),
              map);
    ParsedOptions parsed;
    for (const Opt id : command.options) {
      const OptionSpec& option = option_spec(id);
      const auto found = map.find(std::string(option.name));
      if (found == map.end()) continue;
      if (option.argument.empty()) {
        parsed.values_[id] = {""};
      } else if (option.repeatable) {
        parsed.values_[id] = found->second.as<std::vector<std::string>>();
      } else {
        parsed.values_[id] = {found->second.as<std::string>()};
      }
    }
    if (map.count(kPositional) > 0) parsed.positional_ = map[kPositional].as<std::vector<std::string>>();
    return parsed;
  } catch (const po::unknown_option& error) {
    return unknown_option(command, error.get_option_name());
  } catch (const po::multiple_occurrences& error) {
    return Error{Errc::usage, fmt::format("{} is given more than once", error.get_option_name()), ""};
  } catch (const po::error& error) {
    return Error{Errc::usage, error.what(), fmt::format("latimer {} -h explains the options", command.name)};
  }
}

}  // namespace latimer
