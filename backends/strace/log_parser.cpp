#include "backends/strace/log_parser.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <csignal>

namespace latimer::strace {
namespace {

using TimePoint = std::chrono::steady_clock::time_point;
using State = LogReader::State;

constexpr unsigned kBlocksPerThread = 2;

}  // namespace

LogParser::LogParser(LogReader& reader, unsigned jobs, bool skims)
    : reader_(reader), skims_(skims), ready_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (jobs < 2) return;
  slots_.resize(std::size_t{jobs} * kBlocksPerThread);
  for (unsigned i = 1; i < jobs; ++i) threads_.emplace_back([this] { run(); });
}

LogParser::~LogParser() {
  stop();
  for (std::thread& thread : threads_) thread.join();
}

void LogParser::stop() noexcept {
  reader_.stop();
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
}

int LogParser::poll_fd() const { return threads_.empty() ? reader_.waits_for() : ready_.get(); }

// False: there is nothing more to read.
bool LogParser::read_into(Slot& slot) {
  Result<State> state = reader_.read(slot.block, TimePoint::max());
  while (state && *state == State::idle) state = reader_.read(slot.block, TimePoint::max());
  const std::lock_guard lock(mutex_);
  if (state && *state == State::ready) return true;
  no_more_ = true;
  if (!state) slot.error = state.error();
  slot.state = State::end;
  return false;
}

void LogParser::run() {
  sigset_t all;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are the main thread's
  for (;;) {
    std::unique_lock reading(reading_);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ending_ || no_more_ || taken_ - given_ < slots_.size(); });
    if (no_more_ || taken_ - given_ >= slots_.size()) return;
    Slot& mine = slot(taken_++);
    mine.state.reset();
    lock.unlock();
    const bool something = read_into(mine);
    reading.unlock();
    if (something) {
      mine.block.find_lines(skims_);
      mine.block.read_ahead();
      lock.lock();
      mine.state = State::ready;
      lock.unlock();
    }
    changed_.notify_all();
    const std::uint64_t one = 1;
    (void)!::write(ready_.get(), &one, sizeof one);
    if (!something) return;
  }
}

Result<State> LogParser::next_slot(LogBlock*& block, TimePoint deadline) {
  std::unique_lock lock(mutex_);
  if (holding_) {
    holding_ = false;
    slot(given_++).state.reset();
    changed_.notify_all();
  }
  const auto is_there = [this] { return given_ < taken_ && slot(given_).state.has_value(); };
  if (!is_there()) {
    std::uint64_t count = 0;
    (void)!::read(ready_.get(), &count, sizeof count);
    if (!changed_.wait_until(lock, deadline, is_there)) return State::idle;
  }
  Slot& mine = slot(given_);
  if (mine.error) return *std::exchange(mine.error, std::nullopt);
  if (*mine.state == State::end) return State::end;
  holding_ = true;
  block = &mine.block;
  return State::ready;
}

Result<State> LogParser::next(LogBlock*& block, TimePoint deadline) {
  if (!threads_.empty()) return next_slot(block, deadline);
  Result<State> state = reader_.read(own_, deadline);
  if (!state || *state != State::ready) return state;
  own_.find_lines(skims_);
  block = &own_;
  return State::ready;
}

}  // namespace latimer::strace
