#include "cli/log_beginning.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "core/sys/fd_util.h"
#include "core/sys/input_stream.h"

namespace latimer {
namespace {

constexpr std::size_t kMost = std::size_t{64} << 10;

std::optional<std::string> unpacked(const std::string& path) {
  Result<InputStream> stream = InputStream::open(path);
  if (!stream) return std::nullopt;
  std::string beginning(kMost, '\0');
  std::size_t size = 0;
  while (size < kMost) {
    const auto read = stream->read({beginning.data() + size, kMost - size});
    if (!read && size == 0) return std::nullopt;
    if (!read || read->end) break;
    size += read->bytes;
  }
  beginning.resize(size);
  return beginning;
}

// False: interrupted.
bool wait_for_beginning(int pipe, int interrupted) {
  using Clock = std::chrono::steady_clock;
  constexpr int kEnough = 4096;
  constexpr auto kQuiet = std::chrono::milliseconds(200);
  constexpr int kLookAgainMs = 20;
  int seen = 0;
  Clock::time_point grown_at = Clock::now();
  for (;;) {
    std::array<pollfd, 2> fds{pollfd{interrupted, POLLIN, 0}, pollfd{pipe, POLLIN, 0}};
    // A pipe with something in it is always readable: more can only be looked for.
    if (::poll(fds.data(), seen == 0 ? 2 : 1, seen == 0 ? -1 : kLookAgainMs) < 0 && errno != EINTR)
      return false;
    if (fds[0].revents != 0) return false;
    pollfd now{pipe, 0, 0};
    const bool ended = ::poll(&now, 1, 0) > 0;
    int size = 0;
    if (::ioctl(pipe, FIONREAD, &size) != 0) return false;
    if (ended || size >= kEnough) return true;
    if (size != seen) grown_at = Clock::now();
    seen = size;
    if (seen > 0 && Clock::now() - grown_at >= kQuiet) return true;
  }
}

std::optional<std::string> copied_from(int pipe, int interrupted) {
  if (!wait_for_beginning(pipe, interrupted)) return std::nullopt;
  Result<Pipe> copy = make_pipe();
  if (!copy) return std::nullopt;
  const ssize_t copied = ::tee(pipe, copy->write.get(), kMost, SPLICE_F_NONBLOCK);
  copy->write.reset();
  if (copied <= 0) return copied == 0 ? std::optional<std::string>("") : std::nullopt;
  return unpacked("/dev/fd/" + std::to_string(copy->read.get()));
}

// Opened again, a pipe that we hold already loses neither data nor its reader when that is closed. A FIFO of
// the file system would: its writer would meet a pipe without a reader.
bool is_held(const std::string& input) {
  return input == "-" || input == "/dev/stdin" || input.starts_with("/dev/fd/") ||
         input.starts_with("/proc/self/fd/");
}

}  // namespace

std::optional<std::string> beginning_of(const std::string& input, int interrupted) {
  const std::string path = input == "-" ? "/dev/stdin" : input;
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  if (S_ISREG(info.st_mode)) return unpacked(path);
  if (!S_ISFIFO(info.st_mode) || !is_held(input)) return std::nullopt;
  const UniqueFd pipe(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  return pipe ? copied_from(pipe.get(), interrupted) : std::nullopt;
}

}  // namespace latimer
