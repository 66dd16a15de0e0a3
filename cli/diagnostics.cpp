#include "cli/diagnostics.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/model/text_escape.h"
#include "core/sys/fd_util.h"

namespace latimer {
namespace {

// Indented, line by line.
std::string indented(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out += "  " + std::string(text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace

int exit_code_for(const Error& error, bool with_command) {
  if (!with_command) return error.code == Errc::usage ? kExitUsage : kExitFailure;
  if (error.code == Errc::not_found) return kExitNotFound;
  if (error.code == Errc::not_executable) return kExitNotExecutable;
  return kExitOwnFailure;
}

std::string terminal_safe(std::string_view text) {
  std::string out;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] != '\\' && text[i] != '\n') continue;
    out += escape_bytes(text.substr(start, i - start));
    if (i < text.size()) out += text[i];
    start = i + 1;
  }
  return out;
}

void print_stderr(std::string_view text) {
  // Nobody is left to be told when standard error cannot be written to.
  (void)write_all(STDERR_FILENO, text).ok();
}

void say(std::string_view line) { print_stderr("latimer: " + terminal_safe(line) + "\n"); }

void print_error(const Error& error) {
  print_stderr("latimer: " + terminal_safe(error.message) + "\n" + indented(terminal_safe(error.hint)));
}

Status print_stdout(std::string_view text) {
  errno = 0;
  const Status written = write_all(STDOUT_FILENO, text);
  if (written.ok() || errno == EPIPE) return {};
  return Error{Errc::io, "cannot write to standard output: " + errno_text(errno), ""};
}

}  // namespace latimer
