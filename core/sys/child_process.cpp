#include "core/sys/child_process.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>

#include "core/sys/fd_util.h"

// Since Linux 5.3 and 5.4; the C library's headers may be older.
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

namespace latimer {
namespace {

std::uint64_t to_ns(const timeval& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(time.tv_usec) * 1000U;
}

ExitStatus to_status(const siginfo_t& info) {
  ExitStatus status;
  status.signaled = info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED;
  status.core_dumped = info.si_code == CLD_DUMPED;
  status.value = info.si_status;
  return status;
}

}  // namespace

Result<ChildProcess> ChildProcess::adopt(std::int32_t pid) {
  ChildProcess child;
  child.pid_ = pid;
  // Our own child that nobody has waited for: the number cannot have been given to another.
  child.pidfd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U)));
  if (child.pidfd_) return child;
  const int error = errno;
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  return Error{Errc::unsupported, "pidfd_open: " + errno_text(error), "Latimer needs Linux 5.4 or newer"};
}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this == &other) return *this;
  abandon();
  pid_ = other.pid_;
  pidfd_ = std::move(other.pidfd_);
  gate_ = std::move(other.gate_);
  report_ = std::move(other.report_);
  gate_number_ = other.gate_number_;
  path_ = std::move(other.path_);
  status_ = other.status_;
  cpu_ = other.cpu_;
  peak_rss_bytes_ = other.peak_rss_bytes_;
  return *this;
}

ChildProcess::~ChildProcess() { abandon(); }

void ChildProcess::abandon() noexcept {
  const bool held_back = held();
  gate_.reset();
  if (held_back) {
    (void)wait(std::chrono::steady_clock::time_point::max());
  } else {
    (void)try_wait();  // a zombie is not left lying about
  }
}

std::optional<ExitStatus> ChildProcess::wait(std::chrono::steady_clock::time_point deadline) {
  if (status_ || !valid()) return status_;
  if (!wait_readable(pidfd_.get(), deadline)) return std::nullopt;
  siginfo_t info{};
  rusage usage{};
  // The system call itself, because the C library's waitid() gives no rusage.
  long result = 0;
  do {
    result = ::syscall(SYS_waitid, P_PIDFD, pidfd_.get(), &info, WEXITED, &usage);
  } while (result != 0 && errno == EINTR);
  if (result != 0) return std::nullopt;
  status_ = to_status(info);
  cpu_ = ChildCpu{to_ns(usage.ru_utime), to_ns(usage.ru_stime)};
  peak_rss_bytes_ = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024U;  // getrusage(2): KiB
  return status_;
}

bool ChildProcess::kill(int signal) const {
  return valid() && ::syscall(SYS_pidfd_send_signal, pidfd_.get(), signal, nullptr, 0U) == 0;
}

}  // namespace latimer
