// The options of one command line, parsed by Boost.Program_options with the table of options.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/option_table.h"
#include "core/model/result.h"

namespace latimer {

class ParsedOptions {
 public:
  // `arguments`: those after the command's name and before "--". Errc::usage for what is unknown, incomplete
  // or given twice.
  static Result<ParsedOptions> parse(const CommandSpec& command, const std::vector<std::string>& arguments);

  [[nodiscard]] bool has(Opt id) const { return values_.contains(id); }
  [[nodiscard]] const std::string& value(Opt id) const { return values_.at(id).back(); }  // has(id)
  [[nodiscard]] std::string value_or(Opt id, const std::string& fallback) const {
    return has(id) ? value(id) : fallback;
  }
  [[nodiscard]] const std::vector<std::string>& values(Opt id) const { return values_.at(id); }
  [[nodiscard]] const std::vector<std::string>& positional() const { return positional_; }

 private:
  std::map<Opt, std::vector<std::string>> values_;  // of a switch: one empty string
  std::vector<std::string> positional_;
};

}  // namespace latimer
