// The automaton must judge every name as NamePattern, the reference, does.
#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "backends/ebpf/comm_automaton.h"

using namespace latimer;
using latimer::ebpf::build_comm_automaton;

namespace {

std::string random_name(std::mt19937& random) {
  static constexpr std::string_view kLetters = "abcnginx-/:0159 _.AZ\n";
  std::string name;
  for (auto length = random() % 16; length > 0; --length) name += kLetters[random() % kLetters.size()];
  return name;
}

void check_against_reference(const std::string& text) {
  INFO(text);
  const auto pattern = NamePattern::parse(text);
  REQUIRE(pattern.ok());
  const auto automaton = build_comm_automaton(*pattern);
  REQUIRE(automaton.ok());
  std::mt19937 random(7);
  for (int i = 0; i < 20000; ++i) {
    const std::string name = random_name(random);
    INFO(name);
    REQUIRE(automaton->matches(name) == pattern->matches(name));
  }
  for (const char* name :
       {"", "nginx", "nginx: worker", "kworker/0:1", "a", "ab", "abc", "xnginxx", "NGINX", "15"}) {
    INFO(name);
    REQUIRE(automaton->matches(name) == pattern->matches(name));
  }
  // Beyond ASCII a character may also be taken byte by byte: the automaton accepts at least what the
  // reference does.
  for (const char* name : {"é", "aé", "éa", "日本", "\xff", "a\xc3"}) {
    INFO(name);
    if (pattern->matches(name)) REQUIRE(automaton->matches(name));
  }
}

}  // namespace

TEST_CASE("globs are judged as the reference judges them") {
  for (const char* text : {"nginx", "nginx*", "*", "?", "a?c", "*/*", "[a-c]*", "[!a]*", "[]a]", "a\\*",
                           "*n*x", "[^0-9]?*", "a[-b]c", "*[0-9]", "é*", "*é"}) {
    check_against_reference(text);
  }
}

TEST_CASE("regular expressions are judged as RE2 judges them") {
  for (const char* text : {"/nginx/",    "/^nginx/",      "/x$/",
                           "/^$/",       "/^a|b$/",       "/(ab)+/",
                           "/a{2}/",     "/^a{2,3}$/",    "/^(a|b){2,}c/",
                           "/a.c/",      "/^.$/",         "/[a-c]+[0-9]?/",
                           "/[^a-z]/",   "/\\d\\d/",      "/^\\w+$/",
                           "/\\s/",      "/\\W/",         "/(?i)nGinX/",
                           "/a*?b/",     "/^(?:a|bc)*$/", "/\\./",
                           "/a||b/",     "/()/",          "/[\\d_]x/",
                           "/^\\S+$/",   "/x{0}/",        "/^(a{1,2}){2}$/",
                           "/\\Aab\\z/", "/a{/",          "/[^\\w]/",
                           "/[^\\d]b/",  "/^é/",          "/^[^a]$/"}) {
    check_against_reference(text);
  }
}

TEST_CASE("what cannot be done in the kernel is refused with the reason, not done differently") {
  for (const char* text :
       {"/\\bnginx/", "/\\pL/", "/(?P<x>a)/", "/[é]/", "[é]*", "/[[:alpha:]]/", "/\\x41/"}) {
    INFO(text);
    const auto pattern = NamePattern::parse(text);
    REQUIRE(pattern.ok());
    const auto automaton = build_comm_automaton(*pattern);
    REQUIRE_FALSE(automaton.ok());
    CHECK(automaton.error().code == Errc::unsupported);
    CHECK_FALSE(automaton.error().hint.empty());
  }
}

TEST_CASE("a pattern with too many states is refused") {
  const auto pattern = NamePattern::parse("/(a|b).......[ab].......x/");
  REQUIRE(pattern.ok());
  CHECK_FALSE(build_comm_automaton(*pattern).ok());
}
