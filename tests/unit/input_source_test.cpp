// Where the bytes of an InputStream come from: files, FIFOs, pipes, standard input, and what cannot be read.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>

#include "core/sys/input_stream.h"
#include "tests/unit/input_fixture.h"

using namespace latimer;
using namespace latimer::test;
using namespace std::chrono_literals;

namespace {

// Standard input is something else for as long as this lives.
struct StdinAs {
  UniqueFd saved{::dup(STDIN_FILENO)};
  explicit StdinAs(int fd) { ::dup2(fd, STDIN_FILENO); }
  ~StdinAs() {
    if (saved)
      ::dup2(saved.get(), STDIN_FILENO);
    else
      ::close(STDIN_FILENO);
  }
};

Error open_error(const std::string& path) {
  const Result<InputStream> stream = InputStream::open(path);
  REQUIRE_FALSE(stream.ok());
  return stream.error();
}

bool readable(const InputStream& stream) {
  pollfd item{stream.fd(), POLLIN, 0};
  return ::poll(&item, 1, 0) == 1;
}

}  // namespace

TEST_CASE("what cannot be read is an error with its name and a way on", "[input]") {
  const TempFolder folder;
  const std::string missing = folder.path / "missing";
  Error error = open_error(missing);
  CHECK(error.code == Errc::not_found);
  CHECK(error.message == "cannot open " + missing + ": No such file or directory");
  CHECK_FALSE(error.hint.empty());
  CHECK(open_error(folder.file("x") + "/below").code == Errc::not_found);
  error = open_error(folder.path);
  CHECK(error.code == Errc::usage);
  CHECK(error.message == "cannot read " + folder.path.string() + ": it is a directory");
  CHECK_FALSE(error.hint.empty());

  const UniqueFd made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = folder.path / "socket";
  name.copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::bind(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  error = open_error(name);
  CHECK(error.code == Errc::usage);
  CHECK(error.message.find("socket") != std::string::npos);
  CHECK_FALSE(error.hint.empty());

  // Address 0 of a process is not mapped: the one read error that is to be had everywhere.
  const Outcome outcome = read_path("/proc/self/mem");
  CHECK(outcome.says("cannot read /proc/self/mem at byte 0: Input/output error"));
  CHECK(outcome.error->hint.find("dmesg") != std::string::npos);
}

TEST_CASE("a file without permission is an error with a way on", "[input]") {
  const TempFolder folder;
  const std::string path = folder.file("x");
  ::chmod(path.c_str(), 0);
  // Root may read everything: as nobody then.
  const bool root = ::geteuid() == 0;
  if (root) REQUIRE(::seteuid(65534) == 0);
  const Result<InputStream> stream = InputStream::open(path);
  if (root) REQUIRE(::seteuid(0) == 0);
  REQUIRE_FALSE(stream.ok());
  CHECK(stream.error().code == Errc::permission);
  CHECK(stream.error().message == "cannot open " + path + ": Permission denied");
  CHECK(stream.error().hint == "see who may read it: namei -l " + path);
}

TEST_CASE("a FIFO may deliver one byte at a time", "[input]") {
  const TempFolder folder;
  const std::string text = sample(400);
  const std::string path = folder.path / "fifo";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const std::string gz = gzip_of(text), zst = zstd_of(text);
  const std::vector<std::pair<std::string, std::string>> cases = {
      {text, text}, {"(" + text, "(" + text}, {gz, text},
      {zst, text},  {gz + gz, text + text},   {zst + zst, text + text}};
  for (const auto& [data, expected] : cases) {
    Result<InputStream> stream = InputStream::open(path);  // before there is a writer
    REQUIRE(stream.ok());
    CHECK_FALSE(stream->size().has_value());
    CHECK_FALSE(readable(*stream));
    UniqueFd writer(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    std::string got, buffer(1000, '\0');
    const auto read_once = [&] {
      const Result<InputStream::Read> part = stream->read(buffer);
      REQUIRE(part.ok());
      got.append(buffer, 0, part.value().bytes);
      return part.value().end;
    };
    for (const char byte : data) {
      REQUIRE_FALSE(stream->buffered());
      REQUIRE_FALSE(readable(*stream));
      REQUIRE(write_all(writer.get(), {&byte, 1}).ok());
      REQUIRE(readable(*stream));
      CHECK_FALSE(read_once());
      while (stream->buffered()) CHECK_FALSE(read_once());
    }
    writer.reset();
    REQUIRE(readable(*stream));
    while (!read_once()) {
    }
    CHECK((got == expected));
    CHECK((stream->compression() == Compression::none) == (data == expected));
    CHECK(stream->consumed() == data.size());
  }
}

TEST_CASE("what is inside is given before more is waited for", "[input]") {
  const std::string text(100'000, 'x');
  std::vector<std::size_t> ends;
  const std::string gz = gzip_of(text), zst = zstd_blocks({text}, &ends);
  // Without the ends of the member and the frame: once these bytes are taken, all is inside.
  for (const std::string& packed : {gz.substr(0, gz.size() - 8), zst.substr(0, ends[0])}) {
    Result<Pipe> pipe = make_pipe();
    REQUIRE(pipe.ok());
    const StdinAs guard(pipe->read.get());
    Result<InputStream> stream = InputStream::open("-");
    REQUIRE(stream.ok());
    REQUIRE(write_all(pipe->write.get(), packed).ok());
    std::string buffer(1000, '\0');
    std::size_t total = 0;
    while (stream->buffered() || readable(*stream)) {
      const Result<InputStream::Read> got = stream->read(buffer);
      REQUIRE(got.ok());
      total += got.value().bytes;
    }
    CHECK(total == text.size());  // though the writer is still there
  }
}

TEST_CASE("a read waits for a FIFO's first writer", "[input]") {
  const TempFolder folder;
  const std::string path = folder.path / "fifo";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  Result<InputStream> stream = InputStream::open(path);
  REQUIRE(stream.ok());
  std::thread writer([&] {
    std::this_thread::sleep_for(20ms);
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    (void)write_all(fd.get(), "one");
    std::this_thread::sleep_for(20ms);  // nothing there, but a writer: EAGAIN
    (void)write_all(fd.get(), "two");
  });
  const Outcome outcome = drain(*stream);
  writer.join();
  CHECK_FALSE(outcome.error);
  CHECK(outcome.data == "onetwo");
}

TEST_CASE("standard input may be non-blocking and interrupted", "[input]") {
  struct sigaction action {
  }, before{};
  action.sa_handler = [](int) {};  // without SA_RESTART: read(2) and poll(2) say EINTR
  ::sigaction(SIGUSR1, &action, &before);
  const std::string text = sample(1000);
  for (const bool nonblocking : {false, true}) {
    Result<Pipe> pipe = make_pipe();
    REQUIRE(pipe.ok());
    REQUIRE(set_nonblocking(pipe->read.get(), nonblocking).ok());
    const StdinAs guard(pipe->read.get());
    Result<InputStream> stream = InputStream::open("-");
    REQUIRE(stream.ok());
    CHECK_FALSE(stream->size().has_value());
    const pthread_t reader = ::pthread_self();
    std::thread writer([&] {
      for (const std::string& part : {text, text}) {
        for (int i = 0; i < 20; ++i) {
          std::this_thread::sleep_for(1ms);
          ::pthread_kill(reader, SIGUSR1);
        }
        (void)write_all(pipe->write.get(), part);
      }
      pipe->write.reset();
    });
    const Outcome outcome = drain(*stream);
    writer.join();
    CHECK_FALSE(outcome.error);
    CHECK((outcome.data == text + text));
    CHECK(stream->consumed() == 2 * text.size());
    CHECK(((::fcntl(STDIN_FILENO, F_GETFL) & O_NONBLOCK) != 0) == nonblocking);
  }
  ::sigaction(SIGUSR1, &before, nullptr);
}

TEST_CASE("standard input may be a file that was begun, a directory or closed", "[input]") {
  const TempFolder folder;
  const std::string packed = gzip_of("hello");
  const UniqueFd file(
      ::open(folder.file("12345" + packed.substr(0, packed.size() - 1)).c_str(), O_RDONLY | O_CLOEXEC));
  REQUIRE(::lseek(file.get(), 5, SEEK_SET) == 5);
  {
    const StdinAs guard(file.get());
    Result<InputStream> stream = InputStream::open("-");
    REQUIRE(stream.ok());
    CHECK(stream->size() == packed.size() - 1);
    const Outcome outcome = drain(*stream);
    CHECK(outcome.data == "hello");
    CHECK(outcome.says("cannot read standard input: unexpected end"));
    CHECK(outcome.says("at byte " + std::to_string(5 + packed.size() - 1)));  // of the file
    CHECK(stream->consumed() == stream->size());
  }
  const UniqueFd directory(::open("/tmp", O_RDONLY | O_CLOEXEC));
  {
    const StdinAs guard(directory.get());
    CHECK(open_error("-").message == "cannot read standard input: it is a directory");
  }
  const StdinAs guard(file.get());
  ::close(STDIN_FILENO);
  CHECK(open_error("-").message == "cannot read standard input: it is closed");
}

TEST_CASE("a file may grow or shrink while it is read", "[input]") {
  const TempFolder folder;
  const std::string text = sample(300'000);
  const std::string path = folder.file(text);
  std::string buffer(1000, '\0');
  for (const std::size_t size : {std::size_t{200'000}, std::size_t{500'000}}) {
    Result<InputStream> stream = InputStream::open(path);
    REQUIRE(stream.ok());
    REQUIRE(stream->read(buffer).ok());
    REQUIRE(::truncate(path.c_str(), static_cast<off_t>(size)) == 0);
    const Outcome outcome = drain(*stream);
    CHECK_FALSE(outcome.error);
    CHECK(outcome.data.size() == size - buffer.size());
    CHECK(stream->consumed() == size);
  }
}
