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
#include "core/record/text_reader.h"

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
  bool fill(std::chrono::steady_clock::time_point deadline);
  bool gather(std::chrono::steady_clock::time_point deadline);
  Result<bool> identify();
  Result<bool> refuse(ContentKind kind, const std::string& why);
  [[nodiscard]] Result<Sniffed> sniff_columns(std::string_view beginning) const;
  void warn_of_doubts(const Sniffed& sniffed);
  void label(LogBlock& block, bool ends);
  void close();
  void note_input();
  void warn(std::string text);
  void doubt(std::string text);
  bool enough_to_sniff();
  [[nodiscard]] std::string name() const;
  [[nodiscard]] const LogFile& current() const { return logs_[next_ - 1]; }

  const std::vector<LogFile> logs_;
  const std::string flags_;
  const LayoutHints hints_;
  std::size_t next_ = 0;            // log to open
  std::optional<TextReader> text_;  // of the log that is being read
  std::size_t left_out_ = 0;        // logs that were none
  bool failed_ = false;
  std::optional<Error> failure_;  // comes behind what could be read before it
  bool begun_ = false;            // the log's columns are known
  bool given_ = false;            // a block of it
  Layout sniffed_;                // of the log's beginning
  Layout columns_;                // and what is expected of all of it
  std::optional<Layout> family_columns_;
  std::size_t family_ = 0;
  std::size_t sniff_bytes_ = 0;  // that are wanted before the columns are told
  std::size_t searched_ = 0;     // of them, those among which there is no newline
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
