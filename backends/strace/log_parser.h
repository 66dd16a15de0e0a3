// LogParser: blocks of lines, parsed, in order. With several jobs the lines of different blocks are parsed on
// threads of their own while the caller is busy with earlier ones: what comes out is the same, because a line
// is parsed by itself.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "backends/strace/log_reader.h"

namespace latimer::strace {

// next() from one thread; stop() from any.
class LogParser {
 public:
  // `jobs`: threads in all, the caller's included. `reader` lives longer and is nobody else's to read from.
  // `skims`: see LogBlock.
  LogParser(LogReader& reader, unsigned jobs, bool skims);
  ~LogParser();
  LogParser(const LogParser&) = delete;
  LogParser& operator=(const LogParser&) = delete;

  // `block` is valid until the next call.
  Result<LogReader::State> next(LogBlock*& block, std::chrono::steady_clock::time_point deadline);

  // Readable when next() has something; -1: it has, or waits for its input itself.
  [[nodiscard]] int poll_fd() const;

  void stop() noexcept;

 private:
  struct Slot {
    LogBlock block;
    std::optional<LogReader::State> state;  // nullopt: still being read or parsed
    std::optional<Error> error;
  };
  void run();
  bool read_into(Slot& slot);
  Result<LogReader::State> next_slot(LogBlock*& block, std::chrono::steady_clock::time_point deadline);
  [[nodiscard]] Slot& slot(std::uint64_t number) { return slots_[number % slots_.size()]; }

  LogReader& reader_;
  const bool skims_;
  LogBlock own_;        // with one job
  UniqueFd ready_;      // eventfd
  std::mutex reading_;  // one block after the other
  std::mutex mutex_;    // all below
  std::condition_variable changed_;
  std::vector<Slot> slots_;
  std::uint64_t taken_ = 0;  // blocks whose reading has begun
  std::uint64_t given_ = 0;  // blocks that next() is done with
  bool holding_ = false;     // the caller has block given_
  bool no_more_ = false;     // to read
  bool ending_ = false;
  std::vector<std::thread> threads_;  // last
};

}  // namespace latimer::strace
