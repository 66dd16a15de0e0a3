#include "cli/command_words.h"

#include <boost/program_options/parsers.hpp>

namespace latimer {

Result<std::vector<std::string>> split_command(std::string_view text) {
  const std::string all(text);
  if (text.find_first_not_of(" \t\n") == std::string_view::npos)
    return Error{Errc::usage, "--command: there is no command", ""};
  // POSIX, Shell Command Language, 2.2: what has to be quoted to stand for itself.
  if (text.find_first_of("|&;<>()$`*?[#~=%!{}\n") != std::string_view::npos)
    return std::vector<std::string>{"/bin/sh", "-c", all};
  try {
    return boost::program_options::split_unix(all);
  } catch (const std::exception&) {  // an escape that it does not know
    return std::vector<std::string>{"/bin/sh", "-c", all};
  }
}

}  // namespace latimer
