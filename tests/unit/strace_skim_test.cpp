// Skimming reads the usual line as parsing does, and leaves all others to it.
#include "backends/strace/skim.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace latimer::strace;

namespace {

constexpr Layout kTimed{PidColumn::plain, TimeColumn::epoch};
constexpr Layout kOfDay{PidColumn::plain, TimeColumn::of_day};
constexpr Layout kUntimed{PidColumn::plain, TimeColumn::none};
constexpr Layout kStderr{PidColumn::bracketed, TimeColumn::none};

// True: it was skimmed, and parsing reads the same. The text is in memory of its own size.
bool is_skimmed(const std::string& text, const Layout& layout = kUntimed) {
  const std::vector<char> exact(text.begin(), text.end());
  const std::string_view line(exact.data(), exact.size());
  Skimmed skimmed;
  skim(line, layout, skimmed);
  if (!skimmed.usual) return false;
  INFO(text);
  const Parsed parsed = parse_line(line, layout);
  REQUIRE(std::holds_alternative<Record>(parsed));
  const Record& record = std::get<Record>(parsed);
  CHECK(record.kind == skimmed.kind);
  CHECK(record.tid == skimmed.tid);
  CHECK(record.name == skimmed.name);
  CHECK(record.error == skimmed.error);
  CHECK((record.outcome == Outcome::failed) == (skimmed.error != 0));
  CHECK(record.time_ns.value_or(0) == skimmed.time_ns);
  CHECK(record.duration_ns.value_or(0) == skimmed.duration_ns);
  return true;
}

}  // namespace

TEST_CASE("usual lines are skimmed", "[strace][log]") {
  for (const char* call :
       {"read(3, \"abc\", 4096) = 3 <0.000012>", "getpid()                          = 10001 <0.000002>",
        "fcntl(198, F_GETFL)               = 0x802 (flags O_RDWR|O_NONBLOCK) <0.000002>",
        "openat(AT_FDCWD, \"/x\", O_RDONLY) = -1 ENOENT (No such file or directory) <1.234567>",
        "openat(AT_FDCWD</>, \"/x\", O_RDONLY) = 3</etc/passwd> <0.000009>",
        "poll([{fd=3, events=POLLIN}], 1, 0) = 0 (Timeout) <0.000001>", "<... futex resumed>) = 0 <0.000217>",
        "<... read resumed>\"x\", 1)    = 1 <0.000217>",
        "futex(0x7fd8a064de1b, FUTEX_WAIT, 1 <unfinished ...>",
        "mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, 3, 0) = 0x7f3c12345000 <0.000010>"}) {
    INFO(call);
    CHECK(is_skimmed("10001 " + std::string(call)));
    CHECK(is_skimmed("10001 1795216340.000015 " + std::string(call), kTimed));
    CHECK(is_skimmed("10001 23:59:60.000015 " + std::string(call), kOfDay));
    CHECK(is_skimmed("[pid 10001] " + std::string(call), kStderr));
    CHECK(is_skimmed("[pid     1] " + std::string(call), kStderr));
    CHECK(is_skimmed("4     " + std::string(call)));
  }
}

TEST_CASE("lines with anything else in them are left to parsing", "[strace][log]") {
  for (const char* call :
       {"read(3, \"abc\", 4096) = 3", "read(3, \"abc\", 4096) = 3 <0.000012345>", "exit_group(0) = ?",
        "read(3, 0x7f, 4096) = ? ERESTARTSYS (To be restarted if SA_RESTART is set) <0.000012>",
        "read(3, \"abc\", 4096) = 3 <0.00001x>", "read(3, \"abc, 4096) = 3 <0.000012>",
        "read(3, (\"abc\", 4096) = 3 <0.000012>", "umask(0777) = 022 <0.000052>",
        "access(\"/x\", F_OK) = -1 EFROBNICATED (Unheard of) <0.000012>", "dup(3) = 4</tmp/a<b> <0.000012>",
        "read(3,  <detached ...>", "--- SIGCHLD {si_signo=SIGCHLD} ---", "dup(3) = <0.000012>",
        "dup(3) =  <0.000012>", "= 3 <0.000012>", "dup = 3 <0.000012>"}) {
    INFO(call);
    CHECK_FALSE(is_skimmed("10001 " + std::string(call)));
    CHECK_FALSE(is_skimmed("10001 1795216340.000015 " + std::string(call), kTimed));
  }
  CHECK_FALSE(is_skimmed("0 close(3) = 0 <0.000012>"));
  CHECK_FALSE(is_skimmed("10001 179521634.000015 close(3) = 0 <0.000012>", kTimed));
  CHECK_FALSE(is_skimmed("10001 9570260450.487500 close(3) = 0 <0.000012>", kTimed));  // beyond 2262
  for (const char* time : {"24:00:00.000000", "00:60:00.000000", "00:00:61.000000", "00:00:00",
                           "0:00:00.0000000", "00:00:00.00000a", "00-00:00.000000", "00:00:0a.000000"})
    CHECK_FALSE(is_skimmed("10001 " + std::string(time) + " close(3)  = 0 <0.000012>", kOfDay));
  CHECK_FALSE(is_skimmed("[pid 10001 close(3) = 0 <0.000012>", kStderr));
}

TEST_CASE("no line is read past its end, however it was cut", "[strace][log]") {
  for (const char* line :
       {"10001 23:59:59.000015 <... read resumed>\"x\", 1)    = 0x1 (flags A) <0.000217>",
        "10001 1795216340.000015 <... read resumed>\"x\", 1)    = 0x1 (flags A) <0.000217>",
        "[pid     1] openat(AT_FDCWD, \"/x\") = -1 ENOENT (No such file) <1.234567>"}) {
    const std::string text = line;
    for (std::size_t from = 0; from < text.size(); ++from) {
      for (std::size_t size = 0; size <= text.size() - from; ++size) {
        for (const Layout& layout : {kTimed, kOfDay, kUntimed, kStderr})
          (void)is_skimmed(text.substr(from, size), layout);
      }
    }
  }
}

TEST_CASE("columns that are not skimmed", "[strace][log]") {
  CHECK(can_skim(kTimed));
  CHECK(can_skim(kStderr));
  CHECK(can_skim(kOfDay));
  CHECK_FALSE(can_skim({PidColumn::plain, TimeColumn::none, true}));
  CHECK_FALSE(can_skim({PidColumn::plain, TimeColumn::none, false, true}));
  CHECK_FALSE(can_skim({PidColumn::plain, TimeColumn::none, false, false, true}));
}
