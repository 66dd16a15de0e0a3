// Logs without measure: no end, no lines, lines without end, flags that do not fit, and reading that is
// stopped.
#include <fcntl.h>

#include <thread>

#include "core/sys/fd_util.h"
#include "tests/unit/strace_log_fixture.h"

using namespace latimer;
using namespace latimer::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kMostBytes = std::size_t{16} << 20;

// A call whose line is that long.
std::string line_of(std::size_t size) {
  const std::string begin = "812   write(1, \"";
  const std::string end = "\", 9) = 9 <0.000010>";
  return begin + std::string(size - begin.size() - end.size(), 'x') + end;
}

struct LogPipe {
  Pipe pipe = *make_pipe();
  [[nodiscard]] std::string name() const { return "/proc/self/fd/" + std::to_string(pipe.read.get()); }
  void put(const std::string& text) const { REQUIRE(write_all(pipe.write.get(), text).ok()); }
};

}  // namespace

TEST_CASE("a line longer than 16 MiB is rejected, and those around it are read", "[strace][log]") {
  const std::string close = "812   close(1) = 0 <0.000001>\n";
  for (const std::size_t size : {kMostBytes, kMostBytes + 1, kMostBytes + 40'000, kMostBytes + 200'000}) {
    for (const char* end : {"\n", ""}) {
      INFO(size << end);
      const LogAnswer answer = read_text(close + line_of(size) + end + (*end != '\0' ? close : ""));
      CHECK(count_of(answer, "write") == (size > kMostBytes ? 0 : 1));
      CHECK(rejected(answer) == (size > kMostBytes ? 1 : 0));
      CHECK(count_of(answer, "close") == (*end != '\0' ? 2 : 1));
      CHECK(answer.stats.log->text_bytes ==
            close.size() * count_of(answer, "close") + size + (*end != '\0' ? 1 : 0));
    }
  }
}

TEST_CASE("a log may begin with a line that is too long", "[strace][log]") {
  const LogAnswer answer = read_text(line_of(kMostBytes + 40'000) + "\n812   close(1) = 0 <0.000001>\n");
  CHECK(rejected(answer) == 1);
  CHECK(count_of(answer, "close") == 1);
}

TEST_CASE("a byte order mark and CR at the ends of lines change nothing", "[strace][log]") {
  const LogAnswer answer = read_text(
      "\xef\xbb\xbf"
      "812   close(1) = 0 <0.000001>\r\n812   nonsense\r\n");
  CHECK(count_of(answer, "close") == 1);
  REQUIRE(answer.stats.ledger.lines->first_rejected.size() == 1);
  CHECK(answer.stats.ledger.lines->first_rejected.front().find("byte 48, ") == 0);
}

TEST_CASE("an empty log is a log without records", "[strace][log]") {
  for (const char* text : {"", "\n", "\n\n  \n", "strace: Process 7 attached\n"}) {
    INFO(text);
    const LogAnswer answer = read_text(text);
    CHECK_FALSE(answer.error);
    CHECK(answer.snapshot.stats.empty());
    CHECK(answer.stats.log->whole);
    CHECK(answer.stats.log->runs == 0);
    CHECK(warns(answer, "there are no records in the log"));
  }
}

TEST_CASE("flags that do not fit are refused, and the right ones named", "[strace][log]") {
  const std::string text = "812 100000000.000001 close(1) = 0 <0.000001>\n";
  const LogAnswer answer = read_text(text, {.flags = "-f -tt"});
  REQUIRE(answer.error);
  CHECK(answer.error->code == Errc::usage);
  CHECK(answer.error->message.find("--input-flags \"-f -tt\": only 0 of the first 1 lines of /tmp/") == 0);
  CHECK(answer.error->hint ==
        "1 of them look like the output of strace -f -ttt: say that, or leave --input-flags out");
  CHECK_FALSE(read_text(text, {.flags = "-f -ttt"}).error);
  CHECK_FALSE(read_text(text, {.flags = "-f -ttt -e 'trace=read, write' -o \"my log\""}).error);
  CHECK_FALSE(
      read_text(text, {.flags = "--follow-forks --absolute-timestamps='format:unix,precision:us'"}).error);
  const LogAnswer nonsense = read_text(text, {.flags = "-f ttt"});
  REQUIRE(nonsense.error);
  CHECK(nonsense.error->message == "--input-flags: 'ttt' is no flag of strace");
}

TEST_CASE("flags decide about lines that could be several things", "[strace][log]") {
  const std::string text =
      "[pid 7] close(1) = 0 <0.000001>\nclose(2) = 0 <0.000001>\n12 close(3) = 0 <0.000001>\n";
  CHECK(rejected(read_text(text)) == 1);
  CHECK(rejected(read_text(text, {.flags = "-f"})) == 1);
}

TEST_CASE("the end of a log that was cut is no silent guess", "[strace][log]") {
  const std::string timed = "812   close(1) = 0 <0.000001>\n";
  const std::string untimed = "812   close(1) = 0\n";
  const auto cut = [](const std::string& text) { return rejected(read_text(text)); };
  CHECK(cut(timed + "812   close(2) = 0 <0.0") == 1);
  CHECK(cut(timed + "812   close(2) = 0") == 1);
  CHECK(cut(timed + "812   close(2) = 0 <0.000001>") == 0);
  CHECK(cut(timed + "812   clo") == 1);
  CHECK(cut(untimed + "812   close(2) = 0") == 0);
  CHECK(cut(untimed + "812   close(2) = -1 EBA") == 1);
  const LogAnswer open = read_text(timed + "812   read(3, ");
  CHECK(rejected(open) == 0);
  CHECK(open.stats.ledger.in_flight == 1);
}

TEST_CASE("a reading that is stopped says so, and what was read stays", "[strace][log]") {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "812   write(1, \"0123456789\", 10) = 10 <0.000001>\n";
  const TempFolder folder;
  const std::string log = folder.file(text, "log");
  const std::string other = folder.file(text, "other");
  for (const unsigned jobs : {1U, 3U}) {
    INFO(jobs);
    LogReading reading({log, other}, {.jobs = jobs});
    Batch batch;
    REQUIRE(*reading.source()->next(batch, std::chrono::steady_clock::now() + 10s) == Next::ready);
    reading.source()->stop();
    reading.source()->stop();
    const LogAnswer answer = reading.finish();
    CHECK_FALSE(answer.error);
    CHECK_FALSE(answer.stats.log->whole);
    CHECK(count_of(answer, "write") > 0);
    CHECK(count_of(answer, "write") < 40'000);
    // The line in which it was stopped is none of the log's own cuts.
    CHECK(rejected(answer) == 0);
    CHECK(answer.stats.ledger.in_flight == 0);
  }
}

TEST_CASE("a pipe that stays open does not keep a reading that is stopped", "[strace][log]") {
  for (const unsigned jobs : {1U, 3U}) {
    for (const char* text : {"812   close(1) = 0 <0.000001>\n812   read(0, ", ""}) {
      INFO(jobs << text);
      const LogPipe pipe;
      pipe.put(text);
      LogReading reading({pipe.name()}, {.jobs = jobs});
      CHECK(reading.step(std::chrono::steady_clock::now() + 20ms));
      std::thread stopper([&] {
        std::this_thread::sleep_for(20ms);
        reading.source()->stop();
      });
      const LogAnswer answer = reading.finish();
      stopper.join();
      CHECK_FALSE(answer.stats.log->whole);
      CHECK(count_of(answer, "close") == (*text != '\0' ? 1 : 0));
      CHECK(answer.stats.ledger.in_flight == (*text != '\0' ? 1 : 0));  // strace is waiting for it, too
    }
  }
}

TEST_CASE("a pipe's length is not known, a file's is", "[strace][log]") {
  const TempFolder folder;
  const std::string text = "812   close(1) = 0 <0.000001>\n";
  LogReading file({folder.file(text, "log")}, {});
  CHECK(file.source()->progress()->total == text.size());
  (void)file.finish();
  CHECK(file.source()->progress()->done == text.size());
  LogPipe pipe;
  pipe.put(text);
  pipe.pipe.write.reset();
  LogReading piped({pipe.name(), "-"}, {});
  CHECK_FALSE(piped.source()->progress()->total);
}
