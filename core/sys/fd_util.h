// Small helpers around file descriptors. All descriptors made here are CLOEXEC.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "core/model/result.h"
#include "core/sys/unique_fd.h"

namespace latimer {

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

[[nodiscard]] Result<Pipe> make_pipe();

// Tries to give a pipe a buffer of `bytes`; returns what it has then. An unprivileged user may be limited by
// /proc/sys/fs/pipe-max-size (1 MiB by default) and by the pages that all his pipes hold.
std::size_t grow_pipe(int fd, std::size_t bytes);

Status set_nonblocking(int fd, bool on);

// The whole file, at most `limit` bytes; for files in /proc and /sys, whose size is not known beforehand.
[[nodiscard]] Result<std::string> read_file(const std::string& path,
                                            std::size_t limit = std::size_t{1} << 24);

// Writes everything to a blocking descriptor, through EINTR and short writes.
[[nodiscard]] Status write_all(int fd, std::string_view data);

// Waits until `fd` is readable or hung up. False: the deadline passed.
[[nodiscard]] bool wait_readable(int fd, std::chrono::steady_clock::time_point deadline);

// Milliseconds until the deadline as poll() takes them, rounded up so that poll never spins; -1 for
// time_point::max().
[[nodiscard]] int poll_timeout(std::chrono::steady_clock::time_point deadline);

// errno's text, without the locale's influence on anything else: "No such file or directory".
[[nodiscard]] std::string errno_text(int number);

// open() of a file that is made if need be. Of a FIFO waits for somebody to read it, until `interrupted` is
// readable (-1: never): -1 and EINTR.
[[nodiscard]] int open_for_writing(const std::string& path, int flags, int interrupted);

}  // namespace latimer
