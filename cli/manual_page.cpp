#include <fmt/format.h>

#include "cli/help.h"

namespace latimer {
namespace {

// Text for troff: a backslash, a leading dot or quote and a hyphen that is meant as a minus mean something to
// it.
std::string troff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool line_start = out.empty() || out.back() == '\n';
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\'') {
      out += "\\(aq";
    } else {
      out += c;
    }
  }
  return out;
}

std::string option_paragraph(const OptionSpec& option) {
  std::string head = option.letter != '\0' ? fmt::format("-{}, --{}", option.letter, option.name)
                                           : fmt::format("--{}", option.name);
  std::string out = fmt::format(".TP\n.B {}", troff(head));
  if (!option.argument.empty()) out += fmt::format(" \\fI{}\\fR", troff(option.argument));
  return fmt::format("{}\n{}\n", out, troff(option.help));
}

std::string command_section(const CommandSpec& command) {
  std::string out = fmt::format(".SS latimer {}\n.B latimer {}\n{}\n.PP\n{}.\n", troff(command.name),
                                troff(command.name), troff(command.usage), troff(command.summary));
  if (!command.text.empty()) out += fmt::format("{}\n", troff(command.text));
  out += ".PP\nExamples:\n";
  for (const Example& example : command.examples) {
    out += fmt::format(".TP\n.B {}\n{}\n", troff(example.line), troff(example.what));
  }
  std::string names;
  for (const Opt id : command.options)
    names += fmt::format("{}--{}", names.empty() ? "" : ", ", option_spec(id).name);
  return out + fmt::format(".PP\nOptions: {}.\n", troff(names));
}

constexpr std::string_view kExitStatus =
    ".SH EXIT STATUS\n"
    "Of latency and count with CMD: that of CMD; where a signal ended CMD, the same signal ends Latimer. 125 "
    "when Latimer itself fails, 126 when CMD cannot be executed, 127 when it is not found.\n.PP\n"
    "Of everything else: 0 success, 1 failure, 2 usage. Failures are also tracers that disagree (validate) "
    "and limits that are missed (overhead), with CMD and without; 125, 126 and 127 are as above.\n.PP\n"
    "4 when a condition of diff \\-\\-fail\\-if holds; 1 when the runs cannot tell.\n.PP\n"
    "3 with \\-\\-fail\\-on\\-loss when the report is incomplete; a failure of CMD comes first.\n.PP\n"
    "130 or 143 when a second Ctrl-C or SIGTERM ended Latimer at once.\n";

constexpr std::string_view kSignals =
    ".SH SIGNALS\n"
    "SIGINT (Ctrl-C) detaches and prints the report; if CMD still runs then, Latimer waits for it. SIGTERM "
    "does the same and is "
    "passed on to CMD; SIGHUP (the terminal is closed) does the same as SIGINT. A second one, 200 ms later "
    "or more, ends "
    "Latimer at once, still detached.\n";

constexpr std::string_view kFiles =
    ".SH OUTPUT\n"
    "The report is data and goes to standard output; everything else goes to standard error. Of latency and "
    "count with CMD the text report goes to standard "
    "error unless \\-o says otherwise, and the machine formats need \\-o. A file given with \\-o appears "
    "complete or not at all; with \\-i "
    "it grows by whole reports.\n"
    ".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nwhen set and not empty: no colour.\n.TP\n.B TERM\ndumb: no colour.\n"
    ".TP\n.B COLUMNS\nwidth of the text where the output is no terminal (else 100).\n"
    ".SH SEE ALSO\n.BR strace (1),\n.BR perf\\-trace (1),\n.BR bpftool (8)\n";

}  // namespace

std::string manual_page() {
  std::string out = fmt::format(".TH LATIMER 1 \"\" \"latimer {}\" \"User Commands\"\n", LATIMER_VERSION);
  out += ".SH NAME\nlatimer \\- where the time goes when a program enters the kernel\n";
  out +=
      ".SH SYNOPSIS\n.B latimer\n.I COMMAND\n[\\fIOPTIONS\\fR] [\\fB\\-\\-\\fR \\fICMD\\fR "
      "[\\fIARGS\\fR...]]\n";
  out += ".SH COMMANDS\n";
  for (const CommandSpec& command : all_commands()) out += command_section(command);
  out += ".SH OPTIONS\n";
  for (const OptionSpec& option : all_options()) out += option_paragraph(option);
  return out + std::string(kExitStatus) + std::string(kSignals) + std::string(kFiles);
}

}  // namespace latimer
