// What a log's columns of time, and their absence, come to.
#include "tests/unit/strace_log_fixture.h"

using namespace latimer;
using namespace latimer::test;

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

}  // namespace

TEST_CASE("a log without durations has gaps instead, and none are invented", "[strace][log]") {
  const LogAnswer answer = read_text(
      "7 100000000.000001 read(0, \"\", 1) = 0\n"
      "8 100000000.000002 read(0,  <unfinished ...>\n"
      "7 100000000.000005 close(1) = 0\n"
      "8 100000000.000006 <... read resumed>\"\", 1) = 0\n"
      "8 100000000.000009 close(1) = 0\n"
      "7 100000000.000015 exit_group(0) = ?\n");
  const SyscallStats read = stats_of(answer, "read");
  CHECK(read.latency.count() == 0);
  CHECK(read.untimed == 2);
  CHECK(read.gaps.count() == 2);
  CHECK(read.gaps.min() == 4'000);  // of 7: from its entry to the next
  CHECK(read.gaps.max() == 7'000);  // of 8: from the entry, not from the return
  CHECK(stats_of(answer, "close").gaps.sum() == 10'000);
  CHECK(stats_of(answer, "exit_group").gaps.count() == 0);
  CHECK_FALSE(answer.stats.log->durations);
  CHECK(warns(answer, "strace was run without -T, so the log tells no durations; a gap is the time"));
  CHECK(answer.stats.log->span_ns == 14'000);
  CHECK(answer.stats.log->start_realtime_ns == 100'000'000'000'001'000);
}

TEST_CASE("no gap leads from one run to another, nor from one log to another", "[strace][log]") {
  const std::string run =
      "7 100000000.1 execve(\"/a\", [\"a\"], 0x7f /* 1 var */) = 0\n"
      "7 100000000.2 read(0, \"\", 1) = 0\n";
  const std::string ended = run + "7 100000000.3 +++ exited with 0 +++\n";
  CHECK(stats_of(read_text(ended + run), "read").gaps.count() == 0);
  CHECK(stats_of(read_text(ended + run), "execve").gaps.count() == 2);
  const TempFolder folder;
  const LogAnswer answer = read_logs({folder.file(run, "a"), folder.file(run, "b")});
  CHECK(stats_of(answer, "read").gaps.count() == 0);
  CHECK(stats_of(answer, "execve").gaps.count() == 2);
}

TEST_CASE("a call with a duration has no gap, whatever the others have", "[strace][log]") {
  const LogAnswer answer = read_text(
      "7 100000000.1 read(0, \"\", 1) = 0 <0.000004>\n"
      "7 100000000.2 exit(0) = ?\n"
      "8 100000000.3 read(0, \"\", 1) = 0\n"
      "8 100000000.1 close(0) = 0\n"  // the clock was set back
      "8 100000000.2 close(1) = 0 <0.000001>\n");
  CHECK(stats_of(answer, "read").gaps.count() == 0);
  CHECK(stats_of(answer, "close").gaps.sum() == kSecond / 10);
  CHECK(stats_of(answer, "close").untimed == 1);
}

TEST_CASE("without any times there are counts, and no ages", "[strace][log]") {
  const LogAnswer answer = read_text("7     read(0, \"\", 1) = 0\n7     read(0,  <unfinished ...>\n");
  CHECK(count_of(answer, "read") == 1);
  CHECK(stats_of(answer, "read").gaps.count() == 0);
  REQUIRE(answer.snapshot.in_flight.size() == 1);
  CHECK_FALSE(answer.snapshot.in_flight.front().age_ns);
  CHECK_FALSE(answer.stats.log->span_ns);
}

TEST_CASE("times since the line before are added up", "[strace][log]") {
  const LogAnswer answer = read_text(
      "     0.000000 read(0, \"\", 1) = 0\n"
      "     0.000037 close(1) = 0\n"
      "     1.000000 --- SIGCHLD {si_signo=SIGCHLD} ---\n"
      "     0.000003 read(0,  <unfinished ...>\n"
      "     0.000005 <... read resumed>\"\", 1) = 0\n"
      "     0.000100 write(1, \"\", 0 <unfinished ...>\n");
  CHECK(answer.stats.log->span_ns == kSecond + 145'000);
  CHECK_FALSE(answer.stats.log->start_realtime_ns);
  CHECK(stats_of(answer, "read").gaps.sum() == 37'000 + 105'000);
  CHECK(stats_of(answer, "close").gaps.sum() == kSecond + 3'000);
  REQUIRE(answer.snapshot.in_flight.size() == 1);
  CHECK(answer.snapshot.in_flight.front().age_ns == 0);
}

TEST_CASE("of a family of logs times since the line before say nothing", "[strace][log]") {
  const TempFolder folder;
  for (const char* name : {"log.7", "log.8"})
    (void)folder.file("     0.000000 read(0, \"\", 1) = 0\n     0.000037 close(1) = 0\n", name);
  const LogAnswer answer = read_logs({folder.path});
  check_adds_up(answer);
  CHECK(count_of(answer, "read") == 2);
  CHECK_FALSE(answer.stats.log->span_ns);
}

TEST_CASE("midnight comes once a day", "[strace][log]") {
  const LogAnswer answer = read_text(
      "7 23:59:59.999990 read(0, \"\", 1) = 0\n"
      "8 00:00:00.000010 close(1) = 0\n"
      "7 23:59:59.999995 close(2) = 0\n"  // printed late
      "7 00:00:00.000015 read(0, \"\", 1) = 0\n"
      "7 12:00:00 close(3) = 0\n"
      "7 23:59:59 close(4) = 0\n"
      "7 00:00:01 exit_group(0) = ?\n");
  CHECK(answer.stats.log->span_ns == (std::uint64_t{86'400} + 1) * kSecond + 10'000);
  CHECK_FALSE(answer.stats.log->start_realtime_ns);  // nobody knows the day
  const SyscallStats read = stats_of(answer, "read");
  CHECK(read.gaps.min() == 5'000);
  CHECK(read.gaps.sum() == 5'000 + 43'200 * kSecond - 15'000);
}

TEST_CASE("the span reaches to the end of the last call, over all logs of the same clock", "[strace][log]") {
  const TempFolder folder;
  const std::string a =
      folder.file("7 100000000.5 read(0, \"\", 1) = 0 <3.5>\n7 100000001.5 close(1) = 0 <0.1>\n", "a");
  const std::string b = folder.file("99999999.5 read(0, \"\", 1) = 0 <0.000001>\n", "b");
  const std::string c = folder.file("12:00:00 read(0, \"\", 1) = 0 <0.000001>\n", "c");
  CHECK(read_logs({a}).stats.log->span_ns == 3'500'000'000);
  CHECK(read_logs({a, b}).stats.log->span_ns == 4'500'000'000);
  CHECK(read_logs({a, b}).stats.log->start_realtime_ns == 99'999'999'500'000'000);
  CHECK_FALSE(read_logs({a, c}).stats.log->span_ns);
  const std::string d = folder.file("12:00:00 read(0, \"\", 1) = 0 <0.000001>\n", "d");
  CHECK_FALSE(read_logs({c, d}).stats.log->span_ns);  // of which days?
}

TEST_CASE("times that nobody lives to see do not wrap", "[strace][log]") {
  // As 64-bit nanoseconds they come to an end in 2262.
  for (const char* text :
       {"7 9223372035.999999999 read(0, \"\", 1) = 0 <300000000.5>\n7 9223372035.5 close(1) = 0 <1.5>\n",
        "     0.000001 close(1) = 0 <0.5>\n     9223372035.5 close(1) = 0 <0.5>\n"
        "     9223372035.5 close(1) = 0 <300000000.5>\n     9223372035.5 read(0, \"\", 1) = 0 <1.5>\n"}) {
    const LogAnswer answer = read_text(text);
    CHECK(count_of(answer, "read") == 1);
    REQUIRE(answer.stats.log->span_ns);
    CHECK(*answer.stats.log->span_ns <= static_cast<std::uint64_t>(INT64_MAX));
  }
}

TEST_CASE("the step of durations is that of their last digit", "[strace][log]") {
  // A call a line with each of the durations, in turn.
  const auto step = [](const std::vector<std::string>& durations, std::size_t calls) {
    std::string text;
    for (std::size_t i = 0; i < calls; ++i)
      text += "7 close(1) = 0 <" + durations[i % durations.size()] + ">\n";
    return read_text(text).stats.log->duration_step_ns;
  };
  CHECK(step({"2", "1"}, 20) == kSecond);
  CHECK(step({"2", "0.002"}, 20) == 1'000'000);
  CHECK(step({"0.000020", "0.000001"}, 20) == 1'000);
  CHECK(step({"0.000020", "0.000001002"}, 20) == 1);
  // A few may be whole seconds by chance.
  CHECK(step({"2", "1"}, 19) == 1'000);
  CHECK(step({"0.000020", "0.000001002"}, 2) == 1);
  CHECK(step({"0"}, 0) == 1);
}

TEST_CASE("time that goes back within a log is told, of several logs, too", "[strace][log]") {
  const std::string later = "7 100000007.5 close(1) = 0 <0.25>\n";
  const std::string earlier = "7 100000001.5 close(1) = 0 <0.25>\n";
  const TempFolder folder;
  const std::string early = folder.file(earlier, "a");
  const std::string late = folder.file(later, "b");
  const std::string both = folder.file(later + earlier, "c");
  CHECK(warns(read_logs({both}), "the time goes back 1 time:"));
  CHECK(warns(read_logs({early, both}), "the time goes back 1 time:"));
  CHECK_FALSE(warns(read_logs({late, early}), "the time goes back"));
}

TEST_CASE("logs with dates and without have no common time", "[strace][log]") {
  const TempFolder folder;
  const std::string undated =
      folder.file("7 10:00:00.5 close(1) = 0 <0.25>\n7 10:00:01.5 read(0,  <unfinished ...>\n", "a");
  const std::string dated = folder.file("7 1795216340.5 close(1) = 0 <0.25>\n", "b");
  for (const LogAnswer& answer : {read_logs({undated, dated}), read_logs({dated, undated})}) {
    REQUIRE_FALSE(answer.error);
    CHECK_FALSE(answer.stats.log->start_realtime_ns);
    CHECK_FALSE(answer.stats.log->span_ns);
    REQUIRE(answer.snapshot.in_flight.size() == 1);
    CHECK(answer.snapshot.in_flight.front().age_ns == 0);  // as of the end of its own log
  }
}

TEST_CASE("calls in flight are as old as the log's last time says", "[strace][log]") {
  const LogAnswer answer = read_text(
      "7 100000000.5 read(0,  <unfinished ...>\n"
      "8 100000001.0 close(1) = 0 <0.25>\n");
  REQUIRE(answer.snapshot.in_flight.size() == 1);
  CHECK(answer.snapshot.in_flight.front().age_ns == 750'000'000);
}
