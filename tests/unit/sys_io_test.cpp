#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <thread>

#include "core/sys/clock_anchor.h"
#include "core/sys/fd_util.h"
#include "core/sys/line_buffer.h"
#include "core/sys/output_file.h"
#include "core/sys/output_thread.h"
#include "core/sys/signal_fd.h"

using namespace latimer;
using namespace std::chrono_literals;

namespace {

struct Copy {
  std::string text;
  std::uint64_t offset;
  bool overlong, terminated;
  bool operator==(const Copy&) const = default;
};

std::vector<Copy> lines_of(const std::vector<std::string>& blocks, std::size_t limit = 100) {
  LineBuffer buffer(limit);
  std::vector<Copy> result;
  const auto take = [&](const Line& line) {
    result.push_back({std::string(line.text), line.offset, line.overlong, line.terminated});
  };
  for (const std::string& block : blocks) buffer.feed(block, take);
  buffer.finish(take);
  return result;
}

struct TempFolder {
  std::filesystem::path path;
  TempFolder() {
    char name[] = "/tmp/latimer-io-test-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~TempFolder() { std::filesystem::remove_all(path); }
  [[nodiscard]] std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path), {}));
  }
};

}  // namespace

TEST_CASE("lines do not depend on where the input was split", "[sys]") {
  const std::string input = "a\n\nlonger line\n" + std::string(30, 'x') + "\nend";
  const std::vector<Copy> whole = lines_of({input}, 20);
  CHECK(whole == std::vector<Copy>{{"a", 0, false, true},
                                   {"", 2, false, true},
                                   {"longer line", 3, false, true},
                                   {std::string(20, 'x'), 15, true, true},
                                   {"end", 46, false, false}});
  for (std::size_t at = 0; at <= input.size(); ++at)
    CHECK(lines_of({input.substr(0, at), input.substr(at)}, 20) == whole);
  std::vector<std::string> bytes;
  for (const char byte : input) bytes.emplace_back(1, byte);
  CHECK(lines_of(bytes, 20) == whole);
  CHECK(lines_of({}).empty());
}

TEST_CASE("an anchor reads both clocks at about the same time", "[sys]") {
  const ClockAnchor one = take_clock_anchor();
  const ClockAnchor two = take_clock_anchor();
  CHECK(two.monotonic_ns >= one.monotonic_ns);
  CHECK(one.realtime_ns > 1'500'000'000'000'000'000);
}

TEST_CASE("signals arrive by descriptor, in order", "[sys]") {
  sigset_t before;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
  Result<SignalFd> signals = SignalFd::create();
  REQUIRE(signals.ok());
  CHECK_FALSE(signals->read().has_value());
  for (int ordinal = 1; ordinal <= 2; ++ordinal) {
    ::kill(::getpid(), SIGTERM);
    CHECK(wait_readable(signals->fd(), std::chrono::steady_clock::now() + 20s));
    const auto arrival = signals->read();
    REQUIRE(arrival.has_value());
    CHECK(arrival->signal == SIGTERM);
    CHECK(arrival->ordinal == ordinal);
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST_CASE("an output file appears whole or not at all", "[sys]") {
  TempFolder folder;
  const std::string path = folder.path / "out";
  {
    Result<OutputFile> file = OutputFile::create(path);
    REQUIRE(file.ok());
    REQUIRE(file->write("half").ok());
    CHECK_FALSE(std::filesystem::exists(path));
  }
  CHECK(folder.entries() == 0);
  {
    Result<OutputFile> file = OutputFile::create(path);
    REQUIRE(file.ok());
    REQUIRE(file->write("whole").ok());
    REQUIRE(file->commit().ok());
  }
  CHECK(read_file(path).value() == "whole");
  CHECK(folder.entries() == 1);
}

TEST_CASE("an output file keeps links and modes of what it replaces", "[sys]") {
  TempFolder folder;
  const std::string path = folder.path / "file";
  const std::string link = folder.path / "link";
  { UniqueFd made(::open(path.c_str(), O_CREAT | O_WRONLY, 0600)); }
  std::filesystem::create_symlink("file", link);
  Result<OutputFile> file = OutputFile::create(link);
  REQUIRE(file.ok());
  REQUIRE(file->write("x").ok());
  REQUIRE(file->commit().ok());
  CHECK(std::filesystem::is_symlink(link));
  CHECK(read_file(path).value() == "x");
  struct stat info {};
  ::stat(path.c_str(), &info);
  CHECK((info.st_mode & 07777) == 0600);
}

TEST_CASE("an output file that cannot be written is an error with its name", "[sys]") {
  CHECK(OutputFile::create("/nonexistent/folder/out").error().message.find("/nonexistent/folder/out") !=
        std::string::npos);
  CHECK_FALSE(OutputFile::create("/tmp").ok());
  Result<OutputFile> full = OutputFile::create("/dev/full");
  REQUIRE(full.ok());
  CHECK(full->write("x").error().message.find("No space left") != std::string::npos);
}

TEST_CASE("output to a stalled reader is refused, not waited for", "[sys]") {
  Result<Pipe> pipe = make_pipe();
  REQUIRE(pipe.ok());
  std::string pushed;
  {
    OutputThread out(pipe->write.get(), 1000);
    int number = 0;
    for (; number < 100000; ++number) {
      const std::string text = "line " + std::to_string(number) + "\n";
      if (!out.try_push(text)) break;
      pushed += text;
    }
    REQUIRE(number < 100000);
    out.push("last\n");
    pushed += "last\n";
    std::string got;
    std::thread reader([&] {
      char block[1000];
      while (got.size() < pushed.size()) {
        const ssize_t size = ::read(pipe->read.get(), block, sizeof block);
        if (size <= 0) break;
        got.append(block, static_cast<std::size_t>(size));
      }
    });
    CHECK(out.finish().ok());
    reader.join();
    CHECK(got == pushed);
  }
}

TEST_CASE("a stalled reader does not keep the writer from ending", "[sys]") {
  Result<Pipe> pipe = make_pipe();
  REQUIRE(pipe.ok());
  OutputThread out(pipe->write.get());
  out.push(std::string(1 << 20, 'x'));
  CHECK(out.finish(std::chrono::steady_clock::now() + 20ms).ok());
  CHECK(out.state() == OutputThread::State::open);
}

TEST_CASE("a closed pipe is quiet, a full disk is not", "[sys]") {
  Result<Pipe> pipe = make_pipe();
  REQUIRE(pipe.ok());
  OutputThread out(pipe->write.get());
  pipe->read.reset();
  out.push("x");
  CHECK(out.finish().ok());
  CHECK(out.state() == OutputThread::State::closed);
  CHECK(out.try_push("y"));
  const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  OutputThread broken(full.get());
  broken.push("x");
  CHECK_FALSE(broken.finish().ok());
}
