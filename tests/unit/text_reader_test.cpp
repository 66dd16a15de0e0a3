// Text in blocks of whole lines, however it came.
#include "core/record/text_reader.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "core/sys/fd_util.h"

using namespace latimer;

namespace {

using TimePoint = TextReader::TimePoint;

struct Seen {
  std::vector<std::string> lines;
  std::vector<std::uint64_t> offsets;
  bool unterminated = false;
};

void see(const TextBlock& block, Seen& seen) {
  for (std::size_t i = 0; i < block.lines(); ++i) {
    const Line line = block.line(i);
    seen.lines.push_back(line.overlong ? "too long" : std::string(line.text));
    seen.offsets.push_back(line.offset);
    seen.unterminated = seen.unterminated || !line.terminated;
  }
}

// Through a pipe, in two writes, read as they come.
Seen read(const std::string& text, std::size_t split) {
  Pipe pipe = *make_pipe();
  TextReader reader(*InputStream::open("/proc/self/fd/" + std::to_string(pipe.read.get())), -1);
  Seen seen;
  TextBlock block;
  const auto take = [&] {
    if (!reader.cut(block)) return false;
    block.find_lines();
    see(block, seen);
    return true;
  };
  REQUIRE(write_all(pipe.write.get(), std::string_view(text).substr(0, split)).ok());
  while (reader.fill(TimePoint::min())) {
    while (take()) {
    }
  }
  REQUIRE(write_all(pipe.write.get(), std::string_view(text).substr(split)).ok());
  pipe.write.reset();
  while (!reader.at_end()) {
    REQUIRE(reader.fill(TimePoint::max()));
    while (take()) {
    }
  }
  reader.take_rest(block);
  block.find_lines();
  see(block, seen);
  return seen;
}

}  // namespace

TEST_CASE("lines are the same wherever the text was split", "[record]") {
  const std::string text = "one\n\n  three\r\nfour \"x\\n\"\nlast";
  for (std::size_t split = 0; split <= text.size(); ++split) {
    const Seen seen = read(text, split);
    CHECK(seen.lines == std::vector<std::string>{"one", "", "  three\r", "four \"x\\n\"", "last"});
    CHECK(seen.offsets == std::vector<std::uint64_t>{0, 4, 5, 14, 25});
    CHECK(seen.unterminated);
  }
  CHECK_FALSE(read("a\nb\n", 1).unterminated);
  CHECK(read("", 0).lines.empty());
}

TEST_CASE("bytes can be dropped from the beginning, and count", "[record]") {
  Pipe pipe = *make_pipe();
  TextReader reader(*InputStream::open("/proc/self/fd/" + std::to_string(pipe.read.get())), -1);
  REQUIRE(write_all(pipe.write.get(), "###one\ntwo\n").ok());
  REQUIRE(reader.fill(TimePoint::max()));
  REQUIRE(reader.in_hand() == "###one\ntwo\n");
  reader.drop(3);
  TextBlock block;
  REQUIRE(reader.cut(block));
  block.find_lines();
  Seen seen;
  see(block, seen);
  CHECK(seen.lines == std::vector<std::string>{"one", "two"});
  CHECK(seen.offsets == std::vector<std::uint64_t>{3, 7});
  CHECK(reader.text_bytes() == 11);
}
