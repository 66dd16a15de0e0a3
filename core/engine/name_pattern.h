// A user's pattern for names of processes (--comm): a shell glob, or /regex/.
//
//   nginx*       glob, the whole name must match: * any run, ? one character, [a-z] [!a-z] a set,
//                \ takes the next character literally
//   /^nginx/     RE2, matches anywhere in the name unless anchored
//
// Names are bytes: the kernel cuts comm at 15 bytes, so a character may be cut in two. A byte that is not
// part of valid UTF-8 counts as one character.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/model/result.h"

namespace re2 {
class RE2;
}

namespace latimer {

// Immutable; copies share the compiled expression. Safe to use from several threads.
class NamePattern {
 public:
  // Errc::usage for an empty pattern, an unclosed [ or a bad regular expression (RE2's message and the
  // place).
  [[nodiscard]] static Result<NamePattern> parse(std::string_view text);

  [[nodiscard]] bool matches(std::string_view name) const;

  [[nodiscard]] const std::string& text() const { return text_; }  // as the user wrote it

 private:
  explicit NamePattern(std::string_view text) : text_(text) {}

  [[nodiscard]] bool matches_regex(std::string_view name) const;

  std::string text_;
  // Both null for a glob. RE2 in UTF-8 mode never matches a byte that is not UTF-8, so names that are not
  // valid UTF-8 are matched bytewise by a second compilation; the two are one where the expression itself is
  // not UTF-8.
  std::shared_ptr<const re2::RE2> utf8_;
  std::shared_ptr<const re2::RE2> bytes_;
};

}  // namespace latimer
