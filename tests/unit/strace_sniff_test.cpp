#include "backends/strace/sniff.h"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

using namespace latimer::strace;

namespace {

bool same(const Layout& a, const Layout& b) {
  return a.pid == b.pid && a.time == b.time && a.relative == b.relative && a.number == b.number &&
         a.address == b.address;
}

Layout sniffed_layout(const std::string& text) {
  const Sniffed sniffed = sniff(text, {});
  INFO(text);
  CHECK(sniffed.fitting == sniffed.lines);
  CHECK(sniffed.rivals.empty());
  return sniffed.layout;
}

constexpr auto kNone = PidColumn::none;
constexpr auto kPlain = PidColumn::plain;
constexpr auto kBracketed = PidColumn::bracketed;

}  // namespace

TEST_CASE("a log tells its columns", "[strace][sniff]") {
  const std::vector<std::pair<Layout, std::string>> cases = {
      {{kNone, TimeColumn::none}, "close(3) = 0\nread(0, \"\", 1) = 0 <0.000002>\n"},
      {{kPlain, TimeColumn::none}, "13555 close(3) = 0\n4     read(0, \"\", 1) = 0\n"},
      {{kPlain, TimeColumn::none}, "11507<sh> close(3) = 0\n"},
      {{kBracketed, TimeColumn::none}, "close(3) = 0\n[pid     3] close(3) = 0\n"},
      {{kNone, TimeColumn::of_day}, "23:12:22 close(3) = 0\n"},
      {{kPlain, TimeColumn::of_day}, "13555 23:12:22.158950 close(3) = 0\n"},
      {{kNone, TimeColumn::epoch}, "1795216342.373264 close(3) = 0\n"},
      {{kNone, TimeColumn::epoch}, "1795216342 close(3) = 0\n"},
      {{kPlain, TimeColumn::epoch}, "1324  1795216342 close(3) = 0\n"},
      {{kNone, TimeColumn::none, true}, "     0.000037 close(3) = 0\n"},
      {{kNone, TimeColumn::none, true}, "     0 close(3) = 0\n     3 close(3) = 0\n"},
      {{kPlain, TimeColumn::none, true}, "13555      3 close(3) = 0\n"},
      {{kPlain, TimeColumn::epoch, true}, "1324  1795216342.373264537 (+     0.000056603) close(3) = 0\n"},
      {{kPlain, TimeColumn::none, false, true}, "11507 [  61] wait4(-1, NULL, 0, NULL) = 3\n"},
      {{kNone, TimeColumn::none, false, true, true}, "[   3] [00007f9a8f0a4c37] close(3) = 0\n"},
      {{kNone, TimeColumn::none, false, false, true}, "[f7f9a549] close(3) = 0\n"},
  };
  for (const auto& [layout, text] : cases) CHECK(same(sniffed_layout(text), layout));
}

TEST_CASE("a few strange lines do not change what the others tell", "[strace][sniff]") {
  const Sniffed sniffed = sniff(
      "strace: Process 3 attached\n"
      "1324  1795216342.373264 read(3, \"= 5 <0.1>\\n\", 10) = 5 <0.000010>\n"
      "garbage\n"
      " > /usr/lib/libc.so.6(__write+0x10) [0xf8350]\n"
      "1325  1795216342.373299 +++ exited with 0 +++\n"
      "1324  1795216342.3732",
      {});
  CHECK(same(sniffed.layout, {kPlain, TimeColumn::epoch}));
  CHECK(sniffed.lines == 3);
  CHECK(sniffed.fitting == 2);
  CHECK(sniffed.durations);
}

TEST_CASE("what is no log of strace's fits nothing", "[strace][sniff]") {
  for (const char* text : {"", "\n\n", "#include <stdio.h>\nint main() { return 0; }\n", "{\"a\": 1}\n"}) {
    INFO(text);
    CHECK(sniff(text, {}).fitting == 0);
    CHECK(sniff(text, {}).rivals.empty());
  }
  CHECK_FALSE(sniff("close(3) = 0\n", {}).durations);
}

TEST_CASE("flags decide, against appearances", "[strace][sniff]") {
  const auto hints = hints_of_flags("-f -tt -o out.log -T");
  REQUIRE(hints.ok());
  const Sniffed sniffed = sniff("1324  1795216342.373264 close(3) = 0\n", *hints);
  CHECK(sniffed.layout.time == TimeColumn::of_day);
  CHECK(sniffed.fitting == 0);  // a wrong guess is seen
  CHECK(sniff("1324  23:12:22.5 close(3) = 0\n", *hints).fitting == 1);
}

TEST_CASE("strace's flags, in all their spellings", "[strace][sniff]") {
  const auto time_of = [](const char* flags) { return hints_of_flags(flags)->time; };
  CHECK(time_of("") == TimeColumn::none);
  CHECK(time_of("-t") == TimeColumn::of_day);
  CHECK(time_of("-fttT") == TimeColumn::of_day);
  CHECK(time_of("-ttt") == TimeColumn::epoch);
  CHECK(time_of("-t -tt") == TimeColumn::epoch);
  CHECK(time_of("--absolute-timestamps=unix") == TimeColumn::epoch);
  CHECK(time_of("--absolute-timestamps=format:unix,precision:ns") == TimeColumn::epoch);
  CHECK(time_of("--absolute-timestamps") == TimeColumn::of_day);
  CHECK(time_of("-o ttt") == TimeColumn::none);  // a file's name
  CHECK(time_of("-ottt") == TimeColumn::none);
  const auto all = hints_of_flags("-f -r -n -i -e trace=read");
  CHECK(all->pid == true);
  CHECK(all->relative == true);
  CHECK(all->number == true);
  CHECK(all->address == true);
  CHECK_FALSE(hints_of_flags("-o x")->pid.has_value());
  CHECK(hints_of_flags("--follow-forks --syscall-number")->number == true);
  CHECK(hints_of_flags("--follow-forks --output out.log -n")->number == true);
  CHECK(hints_of_flags("-f")->pid == true);
  for (const char* separately : {"-ff -o out.log", "-f -f", "--follow-forks --output-separately"})
    CHECK_FALSE(hints_of_flags(separately)->pid.has_value());
  const auto wrong = hints_of_flags("-f -9");
  REQUIRE_FALSE(wrong.ok());
  CHECK(wrong.error().message == "--input-flags: '-9' is no flag of strace");
  CHECK_FALSE(hints_of_flags("ttt").ok());
}
