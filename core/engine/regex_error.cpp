#include "core/engine/regex_error.h"

#include <fmt/format.h>

#include "core/model/text_escape.h"

namespace latimer {

Error regex_error(const re2::RE2& regex, std::string_view pattern) {
  // RE2 names the offending piece, not its place; the piece is part of the pattern, its first occurrence the
  // best guess. For an unclosed parenthesis the piece is the whole pattern, which says nothing about the
  // place.
  const std::string& piece = regex.error_arg();
  const std::size_t at = piece.empty() || piece == pattern ? std::string_view::npos : pattern.find(piece);
  const std::string place = at == std::string_view::npos ? "" : fmt::format(" at character {}", at + 1);
  return Error{Errc::usage,
               fmt::format("bad regular expression /{}/: {}{}", escape_bytes(pattern),
                           escape_bytes(regex.error()), place),
               "the syntax is RE2's; put the expression in single quotes to keep the shell out of it"};
}

}  // namespace latimer
