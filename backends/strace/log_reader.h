// LogReader: logs, one after the other, as blocks of whole lines, with the columns that each log has.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "backends/strace/log_block.h"
#include "backends/strace/log_inputs.h"
#include "backends/strace/sniff.h"
#include "core/engine/event_source.h"
#include "core/record/content_kind.h"
#include "core/sys/input_stream.h"

namespace latimer::strace {

// read() from one thread at a time; progress(), inputs() and stop() from any.
class LogReader {
 public:
  LogReader(std::vector<LogFile> logs, std::string flags, LayoutHints hints);

  enum class State : std::uint8_t { ready, idle, end };
  // Waits until the deadline, or stop(), at most. After an error there is nothing more.
  Result<State> read(LogBlock& block, std::chrono::steady_clock::time_point deadline);

  // read() gives what is in hand, then end. Signals stop_fd().
  void stop() noexcept;

  [[nodiscard]] const std::vector<LogFile>& logs() const { return logs_; }
  [[nodiscard]] Progress progress() const;
  // What was found out so far.
  [[nodiscard]] std::vector<LogInput> inputs() const;
  [[nodiscard]] std::vector<std::string> warnings() const;
  // Warnings that are none if every line can be read in the end.
  [[nodiscard]] std::vector<std::string> doubts() const;
  [[nodiscard]] std::uint64_t text_bytes() const { return text_bytes_.load(std::memory_order_relaxed); }
  // All logs were read to their ends.
  [[nodiscard]] bool whole() const { return whole_.load(); }
  // Readable when read() would not wait, as far as is known; -1: it would not.
  [[nodiscard]] int waits_for() const;

 private:
  // The first ones, and how many more there were.
  struct Remarks {
    std::vector<std::string> first;
    std::size_t more = 0;

    void add(std::string text);
    [[nodiscard]] std::vector<std::string> told() const;
  };
  Status open_next();
  Result<State> fill(std::chrono::steady_clock::time_point deadline);
  Result<State> gather(std::chrono::steady_clock::time_point deadline);
  void wait(std::chrono::steady_clock::time_point deadline) const;
  Result<bool> identify();
  Result<bool> refuse(ContentKind kind, const std::string& why);
  [[nodiscard]] Result<Sniffed> sniff_columns(std::string_view beginning) const;
  void warn_of_doubts(const Sniffed& sniffed);
  bool cut(LogBlock& block);
  bool cut_overlong(LogBlock& block);
  void skip_overlong();
  void take_all(LogBlock& block);
  void label(LogBlock& block, std::uint64_t offset, std::size_t size, bool overlong);
  void give(LogBlock& block, std::size_t size);
  void close();
  void note_input();
  void warn(std::string text);
  void doubt(std::string text);
  bool enough_to_sniff();
  [[nodiscard]] std::string name() const;
  [[nodiscard]] const LogFile& current() const { return logs_[next_ - 1]; }
  [[nodiscard]] std::string_view in_hand() const { return std::string_view(data_).substr(0, used_); }

  const std::vector<LogFile> logs_;
  const std::string flags_;
  const LayoutHints hints_;
  std::size_t next_ = 0;  // log to open
  std::optional<InputStream> stream_;
  std::size_t left_out_ = 0;  // logs that were none
  bool failed_ = false;
  std::optional<Error> failure_;  // comes behind what could be read before it
  bool begun_ = false;            // the log's columns are known
  bool given_ = false;            // a block of it
  bool at_end_ = false;           // of the stream
  bool skipping_ = false;         // the rest of a line that is too long
  Layout sniffed_;                // of the log's beginning
  Layout columns_;                // and what is expected of all of it
  std::optional<Layout> family_columns_;
  std::size_t family_ = 0;
  std::string data_;  // its first used_ bytes were read and not given away yet
  std::size_t used_ = 0;
  std::size_t sniff_bytes_ = 0;  // that are wanted before the columns are told
  std::size_t searched_ = 0;     // of them, those among which there is no newline
  std::uint64_t offset_ = 0;     // of data_ in the log
  std::string overlong_;         // beginning of the line that is skipped
  std::uint64_t overlong_offset_ = 0;
  std::uint64_t closed_bytes_ = 0;
  std::optional<std::uint64_t> total_;

  UniqueFd stop_fd_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> whole_{false};
  std::atomic<std::uint64_t> done_{0};
  std::atomic<std::uint64_t> text_bytes_{0};
  mutable std::mutex mutex_;  // all below
  std::vector<LogInput> inputs_;
  Remarks warnings_;
  Remarks doubts_;
};

}  // namespace latimer::strace
