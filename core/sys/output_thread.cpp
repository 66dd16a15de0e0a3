#include "core/sys/output_thread.h"

#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "core/sys/fd_util.h"
#include "core/sys/signal_state.h"

namespace latimer {

OutputThread::OutputThread(int fd, std::size_t limit)
    : fd_(fd), limit_(limit), abandon_(::eventfd(0, EFD_CLOEXEC)) {
  ignore_output_signals();
  thread_ = std::thread([this] { run(); });
}

OutputThread::~OutputThread() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  const std::uint64_t one = 1;
  (void)!::write(abandon_.get(), &one, sizeof one);
  thread_.join();
}

bool OutputThread::try_push(std::string text) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_ + text.size() > limit_ && waiting_ > 0 && state_ == State::open) return false;
    if (state_ != State::open) return true;  // nobody will read it: as good as written
    waiting_ += text.size();
    queue_.push_back(std::move(text));
  }
  changed_.notify_all();
  return true;
}

bool OutputThread::has_room() const {
  const std::lock_guard lock(mutex_);
  return state_ != State::open || waiting_ < limit_;
}

void OutputThread::push(std::string text) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::open) return;
    waiting_ += text.size();
    queue_.push_back(std::move(text));
  }
  changed_.notify_all();
}

OutputThread::State OutputThread::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

Status OutputThread::finish(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  const auto done = [this] { return waiting_ == 0 || state_ != State::open; };
  if (deadline == std::chrono::steady_clock::time_point::max()) {
    changed_.wait(lock, done);
  } else {
    changed_.wait_until(lock, deadline, done);
  }
  if (state_ == State::failed) return Error{Errc::io, "cannot write the output: " + errno_text(error_), ""};
  return {};
}

void OutputThread::run() {
  // Signals are for the main thread.
  sigset_t all;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stop_ || !queue_.empty(); });
    if (stop_) return;
    const std::string text = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    const bool go_on = write_text(text);
    lock.lock();
    waiting_ -= text.size();
    if (!go_on) {
      queue_.clear();
      waiting_ = 0;
    }
    changed_.notify_all();
    if (!go_on) return;
  }
}

bool OutputThread::write_text(std::string_view text) {
  while (!text.empty()) {
    pollfd items[2] = {{fd_, POLLOUT, 0}, {abandon_.get(), POLLIN, 0}};
    if (::poll(items, 2, -1) < 0 && errno == EINTR) continue;
    if ((items[1].revents & POLLIN) != 0) return false;
    // A writable pipe takes PIPE_BUF bytes without blocking, so the thread can always be told to end.
    const ssize_t put = ::write(fd_, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
    if (put >= 0) {
      text.remove_prefix(static_cast<std::size_t>(put));
    } else if (errno != EINTR && errno != EAGAIN) {
      const int error = errno;
      const std::lock_guard lock(mutex_);
      error_ = error;
      state_ = error == EPIPE ? State::closed : State::failed;
      return false;
    }
  }
  return true;
}

}  // namespace latimer
