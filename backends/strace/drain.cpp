#include "backends/strace/drain.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "core/sys/fd_util.h"

namespace latimer::strace {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{256} << 10;
constexpr std::size_t kKeptMessages = 20;
// A pipe that holds more than all but this much is taken for full: strace writes line by line, and a long
// line needs room.
constexpr std::size_t kRoomForALine = std::size_t{64} << 10;

void ring(int fd) {
  const std::uint64_t one = 1;
  (void)!::write(fd, &one, sizeof one);
}

void silence(int fd) {
  std::uint64_t count = 0;
  (void)!::read(fd, &count, sizeof count);
}

}  // namespace

Drain::Drain(UniqueFd output, std::size_t capacity, UniqueFd errors,
             const std::vector<std::int32_t>& requested, std::size_t memory)
    : output_(std::move(output)),
      capacity_(capacity),
      errors_(std::move(errors)),
      memory_(memory),
      ready_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      unanswered_(requested.size()) {
  for (const std::int32_t pid : requested) messages_.attach[pid] = "no answer";
  (void)set_nonblocking(output_.get(), true);
  (void)set_nonblocking(errors_.get(), true);
  thread_ = std::thread([this] { run(); });
}

Drain::~Drain() {
  {
    const std::lock_guard lock(mutex_);
    end_ = true;
  }
  changed_.notify_all();
  ring(wake_.get());
  thread_.join();
}

void Drain::run() {
  sigset_t all;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are the main thread's
  last_read_ = Clock::now();
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (end_ || (eof_ && !errors_.valid())) return;
    }
    pollfd items[3] = {{output_.get(), POLLIN, 0}, {errors_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
    ::poll(items, 3, timeout());
    if (items[2].revents != 0) silence(wake_.get());
    do_due_action();
    if (items[1].revents != 0) read_errors();
    if (items[0].revents != 0) read_output();
  }
}

int Drain::timeout() const {
  const std::lock_guard lock(mutex_);
  return poll_timeout(action_time_);
}

void Drain::do_due_action() {
  std::function<void()> action;
  {
    const std::lock_guard lock(mutex_);
    if (!action_ || eof_ || Clock::now() < action_time_) return;
    action.swap(action_);
    action_time_ = Clock::time_point::max();
  }
  action();
}

void Drain::at(Clock::time_point when, std::function<void()> action) {
  {
    const std::lock_guard lock(mutex_);
    action_time_ = when;
    action_ = std::move(action);
  }
  ring(wake_.get());
}

void Drain::read_output() {
  int fill = 0;
  ::ioctl(output_.get(), FIONREAD, &fill);
  Block block;
  block.stalled = static_cast<std::size_t>(fill) + kRoomForALine >= capacity_;
  block.data.resize(std::clamp(static_cast<std::size_t>(fill), std::size_t{4096}, kBlockBytes));
  const ssize_t got = ::read(output_.get(), block.data.data(), block.data.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  const auto now = Clock::now();
  if (block.stalled) {
    stalls_.fetch_add(1, std::memory_order_relaxed);
    longest_stall_ =
        std::max<std::int64_t>(longest_stall_, std::chrono::nanoseconds(now - last_read_).count());
  }
  last_read_ = now;
  if (got <= 0) {
    output_.reset();
    {
      const std::lock_guard lock(mutex_);
      eof_ = true;
    }
    changed_.notify_all();
    ring(ready_.get());
    return;
  }
  block.data.resize(static_cast<std::size_t>(got));
  push(std::move(block));
  wait_for_room();
}

void Drain::push(Block block) {
  {
    const std::lock_guard lock(mutex_);
    waiting_ += block.data.size();
    blocks_.push_back(std::move(block));
  }
  ring(ready_.get());
}

// Memory is bounded: when nobody takes the blocks for long, strace has to wait after all.
void Drain::wait_for_room() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_ <= memory_ || end_; });
}

void Drain::read_errors() {
  char data[4096];
  const ssize_t got = ::read(errors_.get(), data, sizeof data);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  const std::lock_guard lock(mutex_);
  const auto take = [this](const Line& line) {
    const Message message = read_message(line.text);
    const auto requested = messages_.attach.find(message.pid);
    const bool answers = requested != messages_.attach.end() && requested->second == "no answer";
    switch (message.kind) {
      case Message::Kind::attached:
      case Message::Kind::attach_failed:
        if (!answers) break;
        requested->second = message.kind == Message::Kind::attached ? "" : std::string(message.text);
        --unanswered_;
        break;
      case Message::Kind::compat_mode:
        if (!messages_.compat_pid) messages_.compat_pid = message.pid;
        break;
      case Message::Kind::detached:
      case Message::Kind::harmless:
        break;
      case Message::Kind::other:
        ++messages_.other_count;
        if (messages_.other.size() < kKeptMessages) messages_.other.emplace_back(message.text);
    }
  };
  if (got > 0) {
    error_lines_.feed({data, static_cast<std::size_t>(got)}, take);
  } else {
    error_lines_.finish(take);
    errors_.reset();
  }
  changed_.notify_all();
}

bool Drain::take(Block& block) {
  const std::lock_guard lock(mutex_);
  silence(ready_.get());
  if (blocks_.empty()) {
    if (eof_) ring(ready_.get());
    return false;
  }
  block = std::move(blocks_.front());
  blocks_.pop_front();
  waiting_ -= block.data.size();
  if (!blocks_.empty() || eof_) ring(ready_.get());
  changed_.notify_all();
  return true;
}

bool Drain::over() const {
  const std::lock_guard lock(mutex_);
  return eof_ && blocks_.empty();
}

void Drain::wait_attached(Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  // The last words on standard error may come after the end of the trace.
  changed_.wait_until(lock, deadline, [this] { return unanswered_ == 0 || (eof_ && !errors_.valid()); });
}

Messages Drain::messages() const {
  const std::lock_guard lock(mutex_);
  return messages_;
}

}  // namespace latimer::strace
