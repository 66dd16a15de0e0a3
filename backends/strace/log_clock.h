// LogClock: a log's time columns as one line of time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "backends/strace/line.h"

namespace latimer::strace {

// Times are ns: since 1970 where the log says so, else since the midnight before its first line (-t, -tt;
// later midnights are counted), else since its first line (-r: the sum of what each line says, right as long
// as every line can be read).
class LogClock {
 public:
  // `alone`: false for one of several logs (-ff), among which -r counts across all of them: then there is no
  // time. `same_run`: as the log before; then the same midnight is meant.
  void begin_log(const Layout& layout, bool alone, bool same_run);

  // Gives the record its time on that line.
  void stamp(Record& record);
  // The same of a line with a time column, whatever it is: its time on that line. `inside_ns`: what its call
  // took from then on.
  std::int64_t stamp(std::int64_t column_ns, std::int64_t inside_ns) {
    return goes_on(column_ns, inside_ns) ? column_ns : stamp_any(column_ns, inside_ns);
  }

  // From the first time stamp to the end of the last call, over all logs whose times compare; nullopt: none,
  // or time stamps too coarse to tell.
  [[nodiscard]] std::optional<std::uint64_t> span_ns() const;
  [[nodiscard]] std::optional<std::int64_t> latest_ns() const { return last_; }
  // The same of the run that is being read: what the ages of its open calls are told from.
  [[nodiscard]] std::optional<std::int64_t> run_latest_ns() const { return run_last_; }
  // How often a time stamp was more than a second earlier than the latest before it in the same log.
  [[nodiscard]] std::uint64_t steps_back() const { return steps_back_; }
  // Whether all times are since 1970.
  [[nodiscard]] bool dated() const { return dated_; }
  [[nodiscard]] std::optional<std::int64_t> first_ns() const { return first_; }

 private:
  // True: the usual case, which has been dealt with: not before the latest line of this log, whose columns
  // say the date.
  bool goes_on(std::int64_t time_ns, std::int64_t inside_ns) {
    std::int64_t end = 0;
    const bool usual = layout_.time == TimeColumn::epoch && log_latest_ && time_ns >= *log_latest_ &&
                       !whole_seconds_ && !__builtin_add_overflow(time_ns, inside_ns, &end);
    if (!usual) return false;
    *log_latest_ = time_ns;
    back_ = false;
    *last_ = std::max(*last_, end);
    *run_last_ = std::max(*run_last_, end);
    return true;
  }
  std::int64_t stamp_any(std::int64_t column_ns, std::int64_t inside_ns);
  [[nodiscard]] std::int64_t unwrapped(std::int64_t of_day);
  void note(std::int64_t time_ns, std::int64_t inside_ns);
  void cover(std::int64_t from, std::int64_t to);

  Layout layout_;
  bool alone_ = true;
  bool dated_ = false;
  bool comparable_ = true;
  unsigned logs_ = 0;
  std::int64_t days_ = 0;                     // ns of whole days since the first midnight
  bool begins_ = true;                        // no line of this log has been seen yet
  std::optional<std::int64_t> family_began_;  // time of day
  std::optional<std::int64_t> previous_;
  std::int64_t sum_ = 0;  // of -r
  std::optional<std::int64_t> first_, last_, run_last_;
  std::uint64_t steps_back_ = 0;
  std::optional<std::int64_t> log_latest_;
  bool back_ = false;          // the latest time stamp was such
  bool whole_seconds_ = true;  // all time stamps so far
};

}  // namespace latimer::strace
