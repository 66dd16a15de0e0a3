#include "backends/recorded/recordings.h"

#include <catch2/catch.hpp>

using namespace latimer::recorded;

namespace {

FileFacts part_of(const std::string& recording, unsigned part, std::uint64_t rows) {
  FileFacts file;
  file.name = recording + std::to_string(part);
  file.recording = recording;
  file.part = part;
  file.rows = rows;
  file.recorded_rows = rows;
  file.begun = file.ended = file.continues = true;
  return file;
}

FileFacts last_of(const std::string& recording, unsigned part, std::uint64_t rows, std::uint64_t all_rows,
                  std::uint64_t duration_ns) {
  FileFacts file = part_of(recording, part, rows);
  file.continues = false;
  file.all_rows = all_rows;
  file.duration_ns = duration_ns;
  return file;
}

std::string told(const Recordings& recordings) {
  std::string text;
  for (const std::string& warning : recordings.warnings()) text += warning + "\n";
  return text;
}

}  // namespace

TEST_CASE("recordings: all parts of one, in any order", "[recordings]") {
  Recordings recordings;
  recordings.add(part_of("a", 1, 10), true);
  recordings.add(last_of("a", 3, 5, 25, 900), true);
  recordings.add(part_of("a", 2, 10), true);
  CHECK(recordings.whole());
  CHECK(recordings.warnings().empty());
  CHECK(recordings.duration_ns() == 900);
}

TEST_CASE("recordings: a part that is not there", "[recordings]") {
  Recordings recordings;
  SECTION("an earlier one") {
    recordings.add(last_of("a", 3, 5, 25, 900), true);
    recordings.add(part_of("a", 2, 10), true);
    CHECK_FALSE(recordings.whole());
    CHECK(told(recordings) ==
          "10 calls are in files of the trace in a3 that were not given: it was rotated\n");
  }
  SECTION("the last one") {
    recordings.add(part_of("a", 1, 10), true);
    recordings.add(part_of("a", 2, 10), true);
    CHECK_FALSE(recordings.whole());
    CHECK(told(recordings) == "the trace in a1 goes on in a file that was not given\n");
    CHECK(recordings.duration_ns() == std::nullopt);
  }
  SECTION("another recording's is in its place") {
    recordings.add(part_of("a", 1, 10), true);
    recordings.add(last_of("b", 2, 10, 20, 900), true);
    CHECK_FALSE(recordings.whole());
    CHECK(told(recordings).find("10 calls are in files of the trace in b2") != std::string::npos);
    CHECK(told(recordings).find("the trace in a1 goes on") != std::string::npos);
  }
}

TEST_CASE("recordings: two are two", "[recordings]") {
  Recordings recordings;
  recordings.add(last_of("a", 1, 10, 10, 900), true);
  recordings.add(last_of("b", 1, 20, 20, 100), true);
  CHECK(recordings.whole());
  CHECK(told(recordings).find("2 recordings are added up") == 0);
  CHECK(recordings.duration_ns() == 1000);
}

TEST_CASE("recordings: a file given twice counts twice, and that is told", "[recordings]") {
  Recordings recordings;
  recordings.add(last_of("a", 1, 10, 10, 900), true);
  recordings.add(last_of("a", 1, 10, 10, 900), true);
  CHECK_FALSE(recordings.whole());
  CHECK(told(recordings) == "a1: part 1 of the trace in a1 for the second time: its calls count twice\n");
}

TEST_CASE("recordings: files that end too early, or say nothing", "[recordings]") {
  Recordings recordings;
  FileFacts killed = part_of("a", 1, 10);
  killed.ended = false;
  SECTION("killed") {
    recordings.add(killed, true);
    CHECK(told(recordings).find("a1: the trace has no end") == 0);
  }
  SECTION("unreadable") {
    recordings.add(killed, false);
    CHECK(told(recordings).find("a1: the trace cannot be read to its end") == 0);
  }
  SECTION("its recorder said so itself") {
    FileFacts lossy = last_of("a", 1, 10, 10, 900);
    lossy.incomplete = true;
    lossy.end_reason = "failed: strace died";
    recordings.add(lossy, true);
    CHECK(told(recordings).find("INCOMPLETE") != std::string::npos);
    CHECK(told(recordings).find("strace died") != std::string::npos);
  }
  SECTION("two files were put together") {
    FileFacts doubled = last_of("a", 1, 10, 10, 900);
    doubled.ends = 2;
    recordings.add(doubled, true);
    CHECK(told(recordings) == "a1: the trace has 2 ends: files were put together\n");
  }
  SECTION("the end was emptied") {
    FileFacts emptied = last_of("a", 1, 10, 10, 900);
    emptied.recorded_rows.reset();
    recordings.add(emptied, true);
    CHECK(told(recordings).find("does not say how many calls") != std::string::npos);
  }
  SECTION("calls were made into others") {
    FileFacts edited = last_of("a", 1, 10, 10, 900);
    edited.all_completed = 10;
    edited.completed = 7;
    recordings.add(edited, true);
    CHECK(told(recordings) ==
          "a1: 10 calls returned when it was recorded, and 7 of those that are there did\n");
  }
  SECTION("rows were taken out") {
    FileFacts edited = last_of("a", 1, 10, 10, 900);
    edited.rows = 9;
    recordings.add(edited, true);
    CHECK(told(recordings) == "a1: 10 calls were recorded in it, and 9 are there\n");
  }
  SECTION("nobody knows whose they are") {
    FileFacts one;
    one.name = "x";
    FileFacts other;
    other.name = "y";
    recordings.add(one, true);
    recordings.add(other, true);
    CHECK(told(recordings).find("x: the trace does not say who made it") != std::string::npos);
    CHECK(told(recordings).find("2 recordings") != std::string::npos);
  }
  CHECK_FALSE(recordings.whole());
}
