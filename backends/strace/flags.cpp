// strace's command line, as far as it decides about columns (strace 6.1, strace.c).
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "backends/strace/sniff.h"

namespace latimer::strace {
namespace {

// Letters that take a value, in the same word or the next.
constexpr std::string_view kWithValue = "abeEIoOpPsSuUX";
constexpr std::string_view kSwitches = "ACcDdFfhiknqrtTvVwxyYzZ";

struct Seen {
  int follow = 0;    // -f, as often as given
  int absolute = 0;  // -t, as often as given
  bool relative = false;
  bool number = false;
  bool address = false;
};

// The next word of a command line as a shell takes it: quotes keep blanks together.
std::string next_word(std::string_view& text) {
  std::string word;
  char quote = '\0';
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  for (; !text.empty() && (quote != '\0' || text.front() != ' '); text.remove_prefix(1)) {
    const char c = text.front();
    if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = '\0';
    } else {
      word += c;
    }
  }
  return word;
}

Error no_flag(std::string_view word) {
  return {Errc::usage, fmt::format("--input-flags: '{}' is no flag of strace", word),
          "give the flags that the log was made with, as in --input-flags \"-f -tt\""};
}

// "-ftt". True: its last letter takes the next word as its value.
Result<bool> read_letters(std::string_view word, Seen& seen) {
  for (std::size_t i = 1; i < word.size(); ++i) {
    const char letter = word[i];
    if (kWithValue.find(letter) != std::string_view::npos) return i + 1 == word.size();
    if (kSwitches.find(letter) == std::string_view::npos) return no_flag(word);
    seen.follow += letter == 'f' ? 1 : 0;
    seen.absolute += letter == 't' ? 1 : 0;
    seen.relative = seen.relative || letter == 'r';
    seen.number = seen.number || letter == 'n';
    seen.address = seen.address || letter == 'i';
  }
  return false;
}

// "--absolute-timestamps=format:unix,precision:us"
void read_long(std::string_view word, Seen& seen) {
  const std::string_view name = word.substr(0, word.find('='));
  const std::string_view value = name.size() < word.size() ? word.substr(name.size() + 1) : "";
  if (name == "--follow-forks") ++seen.follow;
  if (name == "--output-separately") seen.follow = 2;
  if (name == "--relative-timestamps") seen.relative = value != "none";
  if (name == "--syscall-number") seen.number = true;
  if (name == "--instruction-pointer") seen.address = true;
  if (name != "--absolute-timestamps" && name != "--timestamps") return;
  if (value.find("none") != std::string_view::npos) {
    seen.absolute = 0;
  } else {
    seen.absolute = value.find("unix") != std::string_view::npos ? 3 : 1;
  }
}

LayoutHints hints_of(const Seen& seen) {
  LayoutHints hints;
  // Several -p with -o make the column without -f; -ff has it in the file's name instead.
  if (seen.follow == 1) hints.pid = true;
  hints.time = seen.absolute == 0   ? TimeColumn::none
               : seen.absolute <= 2 ? TimeColumn::of_day
                                    : TimeColumn::epoch;
  hints.relative = seen.relative;
  hints.number = seen.number;
  hints.address = seen.address;
  return hints;
}

}  // namespace

bool asks_wall_times(std::string_view flags) {
  while (flags.find_first_not_of(' ') != std::string_view::npos) {
    const std::string word = next_word(flags);
    if (word == "--summary-wall-clock") return true;
    if (word.starts_with('-') && !word.starts_with("--") &&
        word.substr(0, word.find_first_of(kWithValue)).find('w') != std::string::npos) {
      return true;
    }
  }
  return false;
}

Result<LayoutHints> hints_of_flags(std::string_view flags) {
  Seen seen;
  bool value_follows = false;
  bool value_may_follow = false;  // "--output FILE": which long ones have a value is not known here
  while (flags.find_first_not_of(' ') != std::string_view::npos) {
    const std::string word = next_word(flags);
    if (std::exchange(value_follows, false)) continue;
    if (std::exchange(value_may_follow, false) && !word.starts_with('-')) continue;
    if (word.starts_with("--") && word.size() > 2) {
      read_long(word, seen);
      value_may_follow = word.find('=') == std::string_view::npos;
      continue;
    }
    if (!word.starts_with('-') || word.size() < 2) return no_flag(word);
    const Result<bool> letters = read_letters(word, seen);
    if (!letters) return letters.error();
    value_follows = *letters;
  }
  return hints_of(seen);
}

}  // namespace latimer::strace
