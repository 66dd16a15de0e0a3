#include "cli/status_line.h"

#include <unistd.h>

#include "cli/capture_settings.h"
#include "cli/diagnostics.h"
#include "cli/terminal.h"

namespace latimer {

StatusLine::StatusLine() : on_(is_terminal(STDERR_FILENO)) {}

void StatusLine::show(const std::string& text) {
  if (!on_) return;
  const auto width = static_cast<std::size_t>(terminal_options(STDERR_FILENO, ColorChoice::never).width);
  const std::string safe = terminal_safe(text).substr(0, width > 1 ? width - 1 : 1);
  print_stderr("\r\x1b[K" + safe);
  shown_ = true;
}

void StatusLine::clear() {
  if (shown_) print_stderr("\r\x1b[K");
  shown_ = false;
}

}  // namespace latimer
