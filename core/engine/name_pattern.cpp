#include "core/engine/name_pattern.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <optional>

#include "core/engine/regex_error.h"
#include "core/model/text_escape.h"

namespace latimer {
namespace {

// The character at `i`, bytes that are not UTF-8 told apart from the code points of the same value.
Utf8Char char_at(std::string_view text, std::size_t i) {
  constexpr char32_t kBeyondUnicode = 0x110000;
  Utf8Char c = utf8_at(text, i);
  if (!c.valid) c.code += kBeyondUnicode;
  return c;
}

struct SetMatch {
  bool matched = false;
  std::size_t end = 0;  // index after the closing ]
};

// The set that starts at pattern[open] == '[', tried on `code`. std::nullopt: there is no closing bracket. A
// ] that comes first in the set is a member of it, as in glob(7).
std::optional<SetMatch> match_set(std::string_view pattern, std::size_t open, char32_t code) {
  std::size_t i = open + 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool found = false;
  const auto member = [&]() -> std::optional<char32_t> {
    if (i < pattern.size() && pattern[i] == '\\') ++i;
    if (i >= pattern.size()) return std::nullopt;
    const Utf8Char c = char_at(pattern, i);
    i += c.length;
    return c.code;
  };
  for (bool first = true; i < pattern.size() && (pattern[i] != ']' || first); first = false) {
    const std::optional<char32_t> low = member();
    if (!low) return std::nullopt;
    char32_t high = *low;
    if (i + 1 < pattern.size() && pattern[i] == '-' && pattern[i + 1] != ']') {
      ++i;
      const std::optional<char32_t> end = member();
      if (!end) return std::nullopt;
      high = *end;
    }
    if (code >= *low && code <= high) found = true;
  }
  if (i >= pattern.size()) return std::nullopt;
  return SetMatch{found != negated, i + 1};
}

// Matches one element of the pattern (not a *) at `p` against the character at `n`, and moves both on.
bool match_one(std::string_view pattern, std::size_t& p, std::string_view name, std::size_t& n) {
  if (n >= name.size()) return false;
  const Utf8Char c = char_at(name, n);
  if (pattern[p] == '?') {
    ++p;
    n += c.length;
    return true;
  }
  if (pattern[p] == '[') {
    const std::optional<SetMatch> set = match_set(pattern, p, c.code);
    if (!set || !set->matched) return false;
    p = set->end;
    n += c.length;
    return true;
  }
  const std::size_t literal = pattern[p] == '\\' && p + 1 < pattern.size() ? p + 1 : p;
  if (pattern[literal] != name[n]) return false;
  p = literal + 1;
  ++n;
  return true;
}

// Only the last * has to be tried again: whatever an earlier one could give, the last one can take. So the
// time is at most the product of the lengths.
bool matches_glob(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;  // where to go on after the last *
  std::size_t star_name = 0;                  // the first character that it has not swallowed
  while (n < name.size() || p < pattern.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      star_name = n;
      continue;
    }
    if (p < pattern.size() && match_one(pattern, p, name, n)) continue;
    if (star == std::string_view::npos || star_name >= name.size()) return false;
    star_name += utf8_at(name, star_name).length;
    p = star;
    n = star_name;
  }
  return true;
}

std::optional<Error> check_glob(std::string_view pattern) {
  for (std::size_t p = 0; p < pattern.size();) {
    if (pattern[p] == '\\') {
      p += 2;
    } else if (pattern[p] == '[') {
      const std::optional<SetMatch> set = match_set(pattern, p, 0);
      if (!set) {
        return Error{
            Errc::usage,
            fmt::format("bad pattern '{}': no ] for the [ at character {}", escape_bytes(pattern), p + 1),
            "write \\[ for the character itself"};
      }
      p = set->end;
    } else {
      ++p;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<NamePattern> NamePattern::parse(std::string_view text) {
  if (text.empty() || text == "/" || text == "//") {
    return Error{Errc::usage, fmt::format("empty pattern '{}'", text),
                 "give a glob such as 'nginx*', or /regex/"};
  }
  NamePattern pattern(text);
  if (text.front() != '/') {
    if (const std::optional<Error> error = check_glob(text)) return *error;
    return pattern;
  }
  if (text.back() != '/') {
    return Error{Errc::usage,
                 fmt::format("bad pattern '{}': a regular expression ends with /", escape_bytes(text)),
                 fmt::format("write '{}/'", escape_bytes(text))};
  }
  const std::string_view body = text.substr(1, text.size() - 2);
  const re2::StringPiece expression(body.data(), body.size());
  RE2::Options options(RE2::Quiet);
  options.set_encoding(RE2::Options::EncodingLatin1);
  pattern.bytes_ = std::make_shared<const RE2>(expression, options);
  if (!pattern.bytes_->ok()) return regex_error(*pattern.bytes_, body);
  pattern.utf8_ = pattern.bytes_;
  if (is_valid_utf8(body)) {
    options.set_encoding(RE2::Options::EncodingUTF8);
    pattern.utf8_ = std::make_shared<const RE2>(expression, options);
    if (!pattern.utf8_->ok()) return regex_error(*pattern.utf8_, body);
  }
  return pattern;
}

bool NamePattern::matches(std::string_view name) const {
  return bytes_ == nullptr ? matches_glob(text_, name) : matches_regex(name);
}

bool NamePattern::matches_regex(std::string_view name) const {
  const RE2& regex = is_valid_utf8(name) ? *utf8_ : *bytes_;
  return RE2::PartialMatch(re2::StringPiece(name.data(), name.size()), regex);
}

}  // namespace latimer
