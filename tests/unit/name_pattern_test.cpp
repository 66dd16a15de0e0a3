#include "core/engine/name_pattern.h"

#include <catch2/catch.hpp>

#include <string>

#include "core/engine/name_suggest.h"

using namespace latimer;

namespace {

bool match(std::string_view pattern, std::string_view name) {
  const Result<NamePattern> parsed = NamePattern::parse(pattern);
  INFO(pattern);
  REQUIRE(parsed.ok());
  CHECK(parsed->text() == pattern);
  return parsed->matches(name);
}

}  // namespace

TEST_CASE("globs match the whole name") {
  CHECK(match("nginx", "nginx"));
  CHECK_FALSE(match("nginx", "nginx2"));
  CHECK_FALSE(match("nginx", "my-nginx"));
  CHECK(match("nginx*", "nginx: worker"));
  CHECK(match("*", ""));
  CHECK(match("*", "anything at all"));
  CHECK(match("a?c", "abc"));
  CHECK_FALSE(match("a?c", "ac"));
  CHECK(match("*er*4", "worker/4"));
  CHECK_FALSE(match("*er*4", "worker/5"));
  CHECK(match("kworker/*:*", "kworker/0:1-events"));
  CHECK_FALSE(match("Nginx", "nginx"));
  CHECK(match("a**b", "ab"));
  CHECK_FALSE(match("a*b*c", "acb"));
}

TEST_CASE("sets in globs") {
  CHECK(match("w[0-9]", "w7"));
  CHECK_FALSE(match("w[0-9]", "wx"));
  CHECK(match("w[!0-9]", "wx"));
  CHECK(match("w[^0-9]", "wx"));
  CHECK_FALSE(match("w[!0-9]", "w3"));
  CHECK_FALSE(match("w[!0-9]", "w"));
  CHECK(match("[]]", "]"));
  CHECK(match("[!]]", "a"));
  CHECK(match("[a-]", "-"));
  CHECK(match("[\\]x]", "]"));
  CHECK(match("\\[x\\]", "[x]"));
  CHECK(match("\\*", "*"));
  CHECK_FALSE(match("\\*", "a"));
  CHECK(match("*[ab]*[cd]", "xxaxxbxd"));
}

TEST_CASE("names are bytes, characters are UTF-8 where they can be") {
  CHECK(match("caf?", "caf\xc3\xa9"));
  CHECK(match("caf[\xc3\xa8-\xc3\xaa]", "caf\xc3\xa9"));
  CHECK(match("caf?", "caf\xc3"));           // cut in the middle, as the kernel does
  CHECK_FALSE(match("[\xc3\xa9]", "\xe9"));  // the byte 0xe9 is not the character U+00E9
  CHECK(match("*", "\xff\xfe"));
  CHECK(match("/^caf.$/", "caf\xc3\xa9"));
  CHECK(match("/^caf.$/", "caf\xc3"));
  CHECK(match("/ab/",
              "\xff"
              "abc"));
  CHECK(match("/\xff/", "a\xff"));
}

TEST_CASE("regular expressions match anywhere") {
  CHECK(match("/ngi/", "my-nginx"));
  CHECK_FALSE(match("/^ngi/", "my-nginx"));
  CHECK(match("/a/b/", "xa/by"));  // the slashes inside need no escape
  CHECK(match("/(?i)NGINX/", "nginx"));
}

TEST_CASE("globs with many stars take no exponential time") {
  std::string pattern;
  for (int i = 0; i < 60; ++i) pattern += "*a";
  CHECK_FALSE(match(pattern + "b", std::string(2000, 'a')));
}

TEST_CASE("bad patterns are refused with the reason") {
  for (const char* text :
       {"", "/", "//", "[abc", "a[", "[!]", "[]", "[a\\]", "/ab", "/(/", "/a**/", "/[z-a]/"}) {
    INFO(text);
    const Result<NamePattern> parsed = NamePattern::parse(text);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().code == Errc::usage);
    CHECK_FALSE(parsed.error().message.empty());
    CHECK_FALSE(parsed.error().hint.empty());
  }
  CHECK(NamePattern::parse("w[0").error().message == "bad pattern 'w[0': no ] for the [ at character 2");
  CHECK(NamePattern::parse("/xa**/").error().message ==
        "bad regular expression /xa**/: bad repetition operator: ** at character 3");
  CHECK(NamePattern::parse("/ab").error().hint == "write '/ab/'");
}

TEST_CASE("edit distance counts swaps as one") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("abc", "") == 3);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("opennat", "openat") == 1);
  CHECK(edit_distance("raed", "read") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("ca", "abc") == 3);  // optimal string alignment: no piece is edited twice
}

TEST_CASE("nearest names come best first") {
  const std::vector<std::string_view> names = {"open", "openat",  "openat2", "close",
                                               "read", "pread64", "%file",   "read"};
  CHECK(nearest_names("opennat", names) == std::vector<std::string_view>{"openat", "open", "openat2"});
  CHECK(nearest_names("raed", names) == std::vector<std::string_view>{"read"});
  CHECK(nearest_names("READ", names).front() == "read");
  CHECK(nearest_names("pread", names).front() == "read");
  CHECK(nearest_names("file", names).front() == "%file");
  CHECK(nearest_names("openat", names, 1).size() == 1);
  CHECK(nearest_names("zzzzzz", names).empty());
  CHECK(nearest_names("", names).empty());
  CHECK(nearest_names(std::string(1000000, 'a'), names).empty());
  CHECK(did_you_mean({}) == "");
  CHECK(did_you_mean({"a"}) == "; did you mean a?");
  CHECK(did_you_mean({"a", "b", "c"}) == "; did you mean a, b or c?");
}
