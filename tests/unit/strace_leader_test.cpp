#include "backends/strace/leader.h"

#include <catch2/catch.hpp>
#include <string>

#include "backends/strace/line.h"

using namespace latimer::strace;

namespace {

struct Read {
  Record record;
  std::string reason;
  std::string rest;
};

Read leader_of(const std::string& line, const Layout& layout) {
  Read read;
  Cursor cursor{line, 0};
  const char* reason = scan_leader(cursor, layout, read.record);
  read.reason = reason == nullptr ? "" : reason;
  read.rest = cursor.rest();
  read.record.comm = {};  // it points into `line`
  return read;
}

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kElevenPast = (23 * 60 + 12) * 60 * kSecond;

}  // namespace

TEST_CASE("a pid in brackets comes and goes", "[strace][leader]") {
  const Layout layout{PidColumn::bracketed, TimeColumn::none};
  CHECK(leader_of("[pid     3] close(3) = 0", layout).record.tid == 3);
  CHECK(leader_of("[pid 18709] close(3) = 0", layout).record.tid == 18709);
  CHECK(leader_of("[pid 10904<we ird\\76)>] wait4(-1,  <unfinished ...>", layout).rest ==
        "wait4(-1,  <unfinished ...>");
  const Read alone = leader_of("close(3) = 0", layout);
  CHECK(alone.record.tid == 0);
  CHECK(alone.rest == "close(3) = 0");
  CHECK(leader_of("[pid x] close(3) = 0", layout).reason == "no thread id");
  CHECK(leader_of("[pid 3 close(3) = 0", layout).reason == "no end of the thread id");
  CHECK(leader_of("[pid 3<sh close(3) = 0", layout).reason == "no end of the command name");
}

TEST_CASE("times of day, with any number of decimals", "[strace][leader]") {
  const Layout layout{PidColumn::none, TimeColumn::of_day};
  CHECK(leader_of("23:12:22 close(3)", layout).record.time_ns == kElevenPast + 22 * kSecond);
  CHECK(leader_of("23:12:22.158950 close(3)", layout).record.time_ns ==
        kElevenPast + 22 * kSecond + 158'950'000);
  CHECK(leader_of("23:12:22.158950123 close(3)", layout).record.time_ns ==
        kElevenPast + 22 * kSecond + 158'950'123);
  CHECK(leader_of("00:00:60.5 close(3)", layout).record.time_ns == 60 * kSecond + kSecond / 2);
  for (const char* wrong : {"24:00:00 close(3)", "23:60:00 close(3)", "23:00:61 close(3)", "3:00:00 close(3)",
                            "23:12 close(3)", "23:12:22. close(3)", "1795216342.5 close(3)"}) {
    CHECK(leader_of(wrong, layout).reason == "no time stamp");
  }
  CHECK(leader_of("23:12:22close(3)", layout).reason == "no blank behind the time stamp");
}

TEST_CASE("the time since the line before, alone and behind another time", "[strace][leader]") {
  const Layout alone{PidColumn::none, TimeColumn::none, true};
  const Read read = leader_of("     0.000037 close(3)", alone);
  CHECK(read.record.since_last_ns == 37'000);
  CHECK_FALSE(read.record.time_ns.has_value());
  CHECK(read.rest == "close(3)");
  CHECK(leader_of("     0 close(3)", alone).record.since_last_ns == 0);
  CHECK(leader_of("close(3)", alone).reason == "no time since the line before");

  const Layout behind{PidColumn::plain, TimeColumn::epoch, true};
  const Read both = leader_of("1324  1795216342.373264537 (+     0.000056603) wait4(", behind);
  CHECK(both.record.tid == 1324);
  CHECK(both.record.time_ns == 1795216342373264537);
  CHECK(both.record.since_last_ns == 56'603);
  CHECK(leader_of("1324  1795218090 (+     0) execve(", behind).record.since_last_ns == 0);
  CHECK(leader_of("1324  1795218090 execve(", behind).reason == "no time since the line before");
  CHECK(leader_of("1324  1795218090 (+     0 execve(", behind).reason ==
        "no end of the time since the line before");
}

TEST_CASE("instruction pointers, also of the dead", "[strace][leader]") {
  const Layout layout{PidColumn::plain, TimeColumn::none, false, true, true};
  CHECK(leader_of("7 [   3] [00007f9a8f0a4c37] close(3)", layout).rest == "close(3)");
  CHECK(leader_of("7 [   6] [f7f9a549] close(3)", layout).rest == "close(3)");
  CHECK(leader_of("7 [  62] [????????????????] +++ killed by SIGUSR1 +++", layout).rest ==
        "+++ killed by SIGUSR1 +++");
  CHECK(leader_of("7 [   3] [7f9a] close(3)", layout).reason == "no instruction pointer");
  CHECK(leader_of("7 [   3] close(3)", layout).reason == "no instruction pointer");
}
