// The same bytes give the same result: whole, in pieces cut anywhere, packed, and with any number of threads.
#include <fcntl.h>

#include "core/sys/fd_util.h"
#include "tests/unit/strace_log_fixture.h"

using namespace latimer;
using namespace latimer::test;
using namespace std::chrono_literals;

namespace {

// The columns are told by the first 64 KiB: a call of that length leads, so that what follows is split in
// reading.
std::string long_line(const std::string& columns) {
  return columns + "write(1, \"" + std::string(66'000, 'x') + "\", 66000) = 66000 <0.000010>\n";
}

const std::string& on_stderr() {
  static const std::string text =
      long_line("[pid    10] ") +
      "strace: Process 11 attached\n"
      "[pid 10] clone(child_stack=NULL, flags=SIGCHLDstrace: Process 12 attached\n"
      ", child_tidptr=0x7f) = 12 <0.000492>\n"
      "[pid 11] write(1, \"vm\\n\", 3vm\n"
      ")                      = 3 <0.000011>\n"
      "[pid 11] read(0,  <unfinished ...>\r\n"
      "hello\n"
      "[pid 12] +++ exited with 0 +++\n"
      "[pid 11] <... read resumed>\"\\\\\", 1) = 3</tmp/a) = 3> <0.000004>\n"
      "[pid 10] exit_group(0PackageKit\n"
      "X11\n"
      ")                           = ?\n"
      "\n"
      "[pid 10] +++ exited with 0 +++\n"
      "wait4(-1, strace: Process 13 attached\n"
      " <unfinished ...>\n"
      "--- SIGCHLD {si_signo=SIGCHLD} ---\n"
      "% time     seconds  usecs/call     calls    errors syscall\n"
      "------ ----------- ----------- --------- --------- ----------------\n"
      "100.00    0.000203           5        37           close\n"
      "------ ----------- ----------- --------- --------- ----------------\n"
      "100.00    0.000417           7        58         2 total\n"
      "[pid 11] close(";
  return text;
}

const std::string& appended() {
  static const std::string text =
      long_line("10    100000000.000001 ") +
      "10    100000000.000100 frobnicate(1) = -1 EFROB (Frobnicated) <0.000002>\n"
      "10    100000000.000110 syscall_0x3e8(0x1) = -1 ENOSYS (Function not implemented) <0.000002>\n"
      "11    100000000.000120 <... poll resumed>[{fd=3}]) = 1 ([{fd=3, revents=POLLIN}]) <0.000004>\n"
      "11    100000000.000130 <... poll resumed>[{fd=3}]) = 1 ([{fd=3, revents=POLLIN}]) <0.000004>\n"
      "10    100000000.000140 poll([{fd=3}], 1, 0) = ? ERESTART_RESTARTBLOCK (Interrupted by signal) <0.5>\n"
      "10    100000000.000150 restart_syscall(<... resuming interrupted poll ...>) = 0 <0.000001>\n"
      "10    100000000.000160 read(3, \") = 3 <0.1>\\n\", 10 <unfinished ...>\n"
      "10    100000000.000170 12    100000000.000200 execve(\"/a\", [\"a\"], 0x7f /* 1 var */) = 0 "
      "<0.000012>\n"
      "12    100000000.000300 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_THREAD) = 13 <0.000020>\n"
      "13    100000000.000310 execve(\"/b\", [\"b\"], 0x7f /* 1 var */ <unfinished ...>\n"
      "12    100000000.000320 +++ superseded by execve in pid 13 +++\n"
      "12    100000000.000330 <... execve resumed>) = 0 <0.000463>\n"
      "nonsense\n"
      "12    100000000.000340 close(3) = 0 <0.00x>\n"
      "12    100000000.000350 futex(0x1, FUTEX_WAKE, 1 <unfinished ...>\n"
      ")                      = 1 <0.000013>\n"
      "     0.000000 execve(\"/c\", [\"c\"], 0x7f /* 1 var */) = 0 <0.000012>\n"
      "23:59:59 execve(\"/c\", [\"c\"], 0x7f /* 1 var */) = 0 <0.000012>\n"
      "00:00:01 close(3) = 0\n"
      "00:00:02 read(3, \"\", 1) = 0\n"
      "00:00:03 close(4) = 5";
  return text;
}

const std::string& on_stderr_and(bool second) { return second ? appended() : on_stderr(); }

std::string whole(const std::string& text, const LogQuestion& question = {}) {
  const TempFolder folder;
  const std::string log = folder.file(text, "log");
  return text_without(read_logs({log}, question), log);
}

// `pieces` end there; all are read apart.
std::string in_pieces(const std::string& text, const std::vector<std::size_t>& ends) {
  Pipe pipe = *make_pipe();
  (void)grow_pipe(pipe.write.get(), 1 << 20);
  const std::string name = "/proc/self/fd/" + std::to_string(pipe.read.get());
  LogReading reading({name}, {});
  std::size_t at = 0;
  for (const std::size_t end : ends) {
    REQUIRE(write_all(pipe.write.get(), std::string_view(text).substr(at, end - at)).ok());
    at = end;
    reading.step();
  }
  REQUIRE(write_all(pipe.write.get(), std::string_view(text).substr(at)).ok());
  pipe.write.reset();
  return text_without(reading.finish(), name);
}

std::string difference(const std::string& a, const std::string& b) {
  return a == b ? "" : "whole:\n" + a + "in pieces:\n" + b;
}

}  // namespace

TEST_CASE("the logs that are split here hold what they should", "[strace][log][split]") {
  const LogAnswer first = read_text(on_stderr());
  CHECK(count_of(first, "clone") == 1);
  CHECK(count_of(first, "read") == 1);
  CHECK(first.stats.log->tabulated == 0);
  CHECK(first.stats.ledger.in_flight >= 1);
  const LogAnswer second = read_text(appended());
  CHECK(second.stats.log->runs == 4);
  CHECK(count_of(second, "execve") == 4);
  CHECK(count_of(second, "frobnicate") == 1);
  CHECK(stats_of(second, "close").gaps.count() == 1);
  CHECK(second.stats.ledger.began_before_attach == 1);
  CHECK(second.stats.ledger.lost_enters == 1);
}

TEST_CASE("it makes no difference where the input is split", "[strace][log][split]") {
  for (const bool second : {false, true}) {
    const std::string& text = on_stderr_and(second);
    const std::string expected = whole(text);
    const std::size_t begin = text.find('\n') - 40;
    std::vector<std::size_t> every;
    for (std::size_t at = begin; at <= text.size(); ++at) {
      const std::string seen = in_pieces(text, {at});
      if (seen != expected) FAIL("split at " << at - begin << ":\n" << difference(expected, seen));
      every.push_back(at);
    }
    CHECK(difference(expected, in_pieces(text, every)).empty());
  }
}

TEST_CASE("a small log is the same byte by byte", "[strace][log][split]") {
  for (const bool second : {false, true}) {
    const std::string text = on_stderr_and(second).substr(on_stderr_and(second).find('\n') + 1);
    std::vector<std::size_t> every;
    for (std::size_t at = 1; at < text.size(); ++at) every.push_back(at);
    CHECK(difference(whole(text), in_pieces(text, every)).empty());
  }
}

TEST_CASE("neither packing nor threads make a difference", "[strace][log][split]") {
  for (const bool second : {false, true}) {
    std::string text;
    for (int i = 0; i < 40; ++i) text += on_stderr_and(second) + (i % 7 == 0 ? "" : "\n");
    const std::string expected = whole(text);
    for (const unsigned jobs : {2U, 3U, 4U}) CHECK(difference(expected, whole(text, {.jobs = jobs})).empty());
    CHECK(difference(expected, whole(gzip_of(text))).empty());
    CHECK(difference(expected, whole(gzip_of(text), {.jobs = 2})).empty());
    CHECK(difference(expected, whole(zstd_of(text))).empty());
  }
}

TEST_CASE("neither splits nor threads move the limit of a line's length", "[strace][log][split]") {
  const std::size_t most = std::size_t{16} << 20;
  std::string text = "10    close(1) = 0 <0.000001>\n10    write(1, \"" + std::string(most + 30'000, 'x') +
                     "\", 9) = 9 <0.000001>\n10    close(2) = 0 <0.000001>\n";
  const std::string expected = whole(text);
  CHECK(difference(expected, whole(text, {.jobs = 2})).empty());
  for (const std::size_t shift : {1U, 20'000U, 40'000U}) {
    const std::string moved = "10    read(0, \"" + std::string(shift, 'y') + "\", 9) = 9 <0.000001>\n" + text;
    const LogAnswer answer = read_text(moved);
    CHECK(rejected(answer) == 1);
    CHECK(count_of(answer, "close") == 2);
  }
}

TEST_CASE("a byte order mark does not move what the columns are told by", "[strace][log][split]") {
  // A line ends just where the 64 KiB end that the columns are told by.
  std::string lines = "10    close(1) = 0 <0.000001>\n";
  while (lines.size() < 65'000) lines += "10    " + std::string(100, 'x') + "\n";
  lines += "10    " + std::string(65'536 - 7 - lines.size(), 'x') + "\n10    close(1) = 0 <0.000001>\n";
  const std::string text = "\xef\xbb\xbf" + lines;
  const std::string expected = whole(text);
  CHECK(expected.find("only 1 of its first") != std::string::npos);
  for (const std::size_t end : {65'530U, 65'535U, 65'536U, 65'537U, 65'538U, 65'539U, 65'540U})
    CHECK(difference(expected, in_pieces(text, {5, end})).empty());
}
