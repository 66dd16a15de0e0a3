#include "plugins/exporters/target_text.h"

#include <fmt/format.h>

#include "core/model/text_escape.h"

namespace latimer {
namespace {

bool needs_quotes(const std::string& argument) {
  return argument.empty() || argument.find_first_of(" '\"$&;|<>()*?[]#~`\\!{}") != std::string::npos;
}

std::string quoted(const std::string& argument) {
  const std::string text = escape_bytes(argument);
  return needs_quotes(argument) ? "'" + text + "'" : text;
}

std::string words_for(const TargetInfo& target, const std::string& hostname) {
  std::string text;
  if (target.kind == "command") {
    for (const std::string& argument : target.argv) text += (text.empty() ? "" : " ") + quoted(argument);
  } else if (target.kind == "pid") {
    text =
        fmt::format("{} {}", target.pids.size() == 1 ? "process" : "processes", fmt::join(target.pids, ", "));
    if (target.follow) text += " and later children";
  } else if (target.kind == "comm") {
    text = "processes named " + escape_bytes(target.pattern);
  } else if (target.kind == "cgroup") {
    text = "cgroup " + escape_bytes(target.pattern);
  } else if (target.kind == "log") {
    for (const std::string& input : target.inputs)
      text += (text.empty() ? "" : ", ") + (input == "-" ? "standard input" : escape_bytes(input));
  } else {
    text = "the whole host " + escape_bytes(hostname);
  }
  return text;
}

}  // namespace

std::string target_text(const Report& report) {
  return words_for(report.target, report.environment.hostname);
}

std::string recorded_text(const Report& report) {
  return report.recorded ? words_for(*report.recorded, report.environment.hostname) : "";
}

}  // namespace latimer
