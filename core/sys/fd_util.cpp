#include "core/sys/fd_util.h"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace latimer {

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Error{Errc::io, "cannot make a pipe: " + errno_text(errno), ""};
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::size_t grow_pipe(int fd, std::size_t bytes) {
  ::fcntl(fd, F_SETPIPE_SZ, static_cast<int>(bytes));
  const int size = ::fcntl(fd, F_GETPIPE_SZ);
  return size > 0 ? static_cast<std::size_t>(size) : 0;
}

Status set_nonblocking(int fd, bool on) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) != 0) {
    return Error{Errc::io, "cannot set O_NONBLOCK: " + errno_text(errno), ""};
  }
  return {};
}

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) {
    const int error = errno;
    const Errc code = error == ENOENT || error == ESRCH   ? Errc::not_found
                      : error == EACCES || error == EPERM ? Errc::permission
                                                          : Errc::io;
    return Error{code, "cannot open " + path + ": " + errno_text(error), ""};
  }
  std::string data;
  char block[4096];
  while (data.size() < limit) {
    const ssize_t got = ::read(fd.get(), block, std::min(sizeof block, limit - data.size()));
    if (got == 0) return data;
    if (got < 0) {
      if (errno == EINTR) continue;
      // A process that goes away while its file in /proc is read answers ESRCH.
      return Error{errno == ESRCH ? Errc::not_found : Errc::io,
                   "cannot read " + path + ": " + errno_text(errno), ""};
    }
    data.append(block, static_cast<std::size_t>(got));
  }
  return data;
}

Status write_all(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t put = ::write(fd, data.data(), data.size());
    if (put < 0) {
      if (errno == EINTR) continue;
      return Error{Errc::io, "cannot write: " + errno_text(errno), ""};
    }
    data.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

int poll_timeout(std::chrono::steady_clock::time_point deadline) {
  using std::chrono::steady_clock;
  if (deadline == steady_clock::time_point::max()) return -1;
  if (deadline <= steady_clock::now()) return 0;  // also keeps time_point::min() from overflowing below
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

bool wait_readable(int fd, std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    pollfd item{fd, POLLIN, 0};
    const int ready = ::poll(&item, 1, poll_timeout(deadline));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return true;  // let the caller's read report it
    if (std::chrono::steady_clock::now() >= deadline) return false;
  }
}

std::string errno_text(int number) {
  char buffer[128];
  return ::strerror_r(number, buffer, sizeof buffer);  // the GNU form: returns the text, thread-safe
}

int open_for_writing(const std::string& path, int flags, int interrupted) {
  for (;;) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | flags, 0666);
    if (fd >= 0) ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    if (fd >= 0 || errno != ENXIO) return fd;
    constexpr int kLookAgainMs = 20;
    pollfd wait{interrupted, POLLIN, 0};
    if (::poll(&wait, 1, kLookAgainMs) > 0) {
      errno = EINTR;
      return -1;
    }
  }
}

}  // namespace latimer
