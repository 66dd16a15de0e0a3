// Skimming reads the usual line as parsing does, and leaves all others to it.
#include "backends/strace/skim.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "core/model/call_traits.h"
#include "core/model/syscall_table.h"
#include "core/record/wide_bytes.h"

using namespace latimer;
using namespace latimer::strace;

namespace {

constexpr Layout kTimed{PidColumn::plain, TimeColumn::epoch};
constexpr Layout kOfDay{PidColumn::plain, TimeColumn::of_day};
constexpr Layout kUntimed{PidColumn::plain, TimeColumn::none};
constexpr Layout kStderr{PidColumn::bracketed, TimeColumn::none};

// What stands behind the line.
enum class Behind { zeros, quotes, parentheses, end };

std::vector<char> padded(const std::string& text, Behind behind) {
  const std::string end = ") = 3 <0.000012>\n10001 close(3) = 0 <0.000012>\n((\"\"  = ";
  std::vector<char> bytes(text.begin(), text.end());
  for (std::size_t i = 0; i < Skimmer::kPadding; ++i)
    bytes.push_back(behind == Behind::zeros    ? '\0'
                    : behind == Behind::quotes ? '"'
                    : behind == Behind::end    ? end[i % end.size()]
                                               : ")("[i % 2]);
  return bytes;
}

// In memory of just the size that has to be readable.
Skimmed skim(const std::string& text, const Layout& layout, Behind behind) {
  const std::vector<char> bytes = padded(text, behind);
  Skimmed skimmed;
  Skimmer(layout).skim({bytes.data(), text.size()}, skimmed);
  return skimmed;
}

bool same(const Skimmed& a, const Skimmed& b) {
  return a.usual == b.usual &&
         (!a.usual || (a.kind == b.kind && a.tid == b.tid && a.number == b.number && a.error == b.error &&
                       a.time_ns == b.time_ns && a.duration_ns == b.duration_ns));
}

// True: it was skimmed, and parsing reads the same, whatever stands behind the line and whatever the machine
// can do.
bool is_skimmed(const std::string& line, const Layout& layout = kUntimed) {
  INFO(line);
  const std::vector<char> bytes = padded(line, Behind::zeros);
  Skimmed skimmed;
  Skimmer(layout).skim({bytes.data(), line.size()}, skimmed);
  const bool avx2 = use_avx2;
  for (const bool wide : {avx2, false}) {
    use_avx2 = wide;
    for (const Behind behind : {Behind::zeros, Behind::quotes, Behind::parentheses, Behind::end})
      CHECK(same(skim(line, layout, behind), skimmed));
  }
  use_avx2 = avx2;
  if (!skimmed.usual) return false;
  const Parsed parsed = parse_line(line, layout);
  REQUIRE(std::holds_alternative<Record>(parsed));
  const Record& record = std::get<Record>(parsed);
  CHECK(record.kind == skimmed.kind);
  CHECK(record.tid == skimmed.tid);
  CHECK(record.name == skimmed.name);
  CHECK((skimmed.number < 0 || syscall_name(kNativeAbi, skimmed.number) == record.name));
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
  CHECK_FALSE(is_skimmed(std::string("10001 close\0(3)  = 0 <0.000012>", 31)));
}

TEST_CASE("a line that was cut anywhere is skimmed as it is parsed", "[strace][log]") {
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
  CHECK(Skimmer::can_skim(kTimed));
  CHECK(Skimmer::can_skim(kStderr));
  CHECK(Skimmer::can_skim(kOfDay));
  CHECK_FALSE(Skimmer::can_skim({PidColumn::plain, TimeColumn::none, true}));
  CHECK_FALSE(Skimmer::can_skim({PidColumn::plain, TimeColumn::none, false, true}));
  CHECK_FALSE(Skimmer::can_skim({PidColumn::plain, TimeColumn::none, false, false, true}));
}

TEST_CASE("the second of a line is its own, and not that of the line before", "[strace][log]") {
  Skimmer skimmer(kTimed);
  Skimmed skimmed;
  for (const char* seconds :
       {"1795216340", "1795216340", "1795216341", "1795216351", "1795216341", "0795216341"}) {
    const std::string line = "10001 " + std::string(seconds) + ".250000 close(3) = 0 <0.000012>";
    const std::vector<char> bytes = padded(line, Behind::zeros);
    skimmer.skim({bytes.data(), line.size()}, skimmed);
    REQUIRE(skimmed.usual);
    CHECK(skimmed.time_ns == std::stoll(seconds) * 1'000'000'000 + 250'000'000);
  }
  // Not even at the beginning, when there is no line before.
  const std::string line = "10001 " + std::string(11, '\0') + "250000 close(3) = 0 <0.000012>";
  CHECK_FALSE(is_skimmed(line, kTimed));
}

TEST_CASE("arguments that seem not to be whole are looked at closely", "[strace][log]") {
  for (const std::size_t size : {0U, 40U, 100U, 300U}) {
    const std::string filler(size, 'x');
    CHECK(is_skimmed("10001 read(3, \"" + filler + ") = 3 <9.000000>\", 4096) = 16 <0.000012>"));
    CHECK(is_skimmed("10001 read(3, \"" + filler + "(:\\\"\", 4096)  = 16 <0.000012>"));
    CHECK_FALSE(
        is_skimmed("10001 read(3, \"" + filler + "\", 1) = 3 <9.000000>write(4, \"\", 0) = 16 <0.000012>"));
    CHECK_FALSE(is_skimmed("10001 read(3, \"" + filler + ", 4096)  = 16 <0.000012>"));
  }
}

TEST_CASE("every call that has a short name is found by it", "[strace][log]") {
  for (const std::string_view name : syscall_names(kNativeAbi)) {
    if (name.empty()) continue;
    const std::string line = "10001 " + std::string(name) + "(3)   = 0 <0.000012>";
    const Skimmed skimmed = skim(line, kUntimed, Behind::zeros);
    INFO(line);
    CHECK(skimmed.usual == (call_traits(kNativeAbi, *syscall_number(kNativeAbi, name)) == 0));
    if (skimmed.usual && name.size() <= WordTable::kLongest)
      CHECK(skimmed.number == syscall_number(kNativeAbi, name));
  }
}
