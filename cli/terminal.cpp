#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <string>

namespace latimer {
namespace {

constexpr int kDefaultWidth = 100;
constexpr int kNarrowest = 60;
constexpr int kWidest = 120;  // longer lines are harder to read, not easier

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool wants_color(int fd, ColorChoice choice) {
  if (choice != ColorChoice::automatic) return choice == ColorChoice::always;
  const std::string_view term = environment("TERM");
  return is_terminal(fd) && environment("NO_COLOR").empty() && !term.empty() && term != "dumb";
}

// POSIX order of precedence; the first that is set decides.
bool locale_is_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string value(environment(name));
    if (value.empty()) continue;
    std::transform(value.begin(), value.end(), value.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
}

int columns(int fd) {
  winsize size{};
  if (is_terminal(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const std::string_view text = environment("COLUMNS");
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value > 0 ? value : kDefaultWidth;
}

}  // namespace

bool is_terminal(int fd) { return fd >= 0 && isatty(fd) == 1; }

ExportOptions terminal_options(int fd, ColorChoice color) {
  ExportOptions options;
  options.color = wants_color(fd, color);
  options.unicode = locale_is_utf8();
  options.width = std::clamp(columns(fd), kNarrowest, kWidest);
  return options;
}

}  // namespace latimer
