#include "backends/strace/log_clock.h"

#include <algorithm>
#include <limits>

namespace latimer::strace {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;
// Of whole seconds (-t) a difference is right to a second: below this many it tells nothing.
constexpr std::int64_t kTelling = 5;
// A time of day that is this much earlier than the line before is the next day's; less is a clock that was
// set, or a line that was printed late (-z).
constexpr std::int64_t kNextDay = kDay / 2;
constexpr std::int64_t kEndOfTime = std::numeric_limits<std::int64_t>::max();

// `by` >= 0. Times that end behind 2262 stay there.
std::int64_t later(std::int64_t time, std::int64_t by) {
  return time < 0 ? time + by : time + std::min(by, kEndOfTime - time);
}

}  // namespace

void LogClock::begin_log(const Layout& layout, bool alone, bool same_run) {
  const bool dated = layout.time == TimeColumn::epoch;
  const bool continues = logs_ == 0 || (dated && dated_) || same_run;
  comparable_ = comparable_ && continues;
  dated_ = dated && (dated_ || logs_ == 0);
  layout_ = layout;
  alone_ = alone;
  ++logs_;
  days_ = 0;
  sum_ = 0;
  // The first line of another log of the same run (-ff) is within half a day of the first log's.
  if (!same_run) {
    family_began_.reset();
    run_last_.reset();
  }
  previous_ = family_began_;
  begins_ = true;
  log_latest_.reset();
  back_ = false;
}

std::int64_t LogClock::unwrapped(std::int64_t of_day) {
  if (previous_) {
    const std::int64_t change = of_day - *previous_;
    if (change < -kNextDay && days_ < kEndOfTime - 3 * kDay) days_ += kDay;
    const bool day_before = days_ > 0 || begins_;
    if (change > kNextDay && day_before) days_ -= kDay;  // printed late, from before midnight
  }
  begins_ = false;
  if (!family_began_) family_began_ = of_day;
  previous_ = of_day;
  return days_ + of_day;
}

void LogClock::cover(std::int64_t from, std::int64_t to) {
  first_ = first_ ? std::min(*first_, from) : from;
  last_ = last_ ? std::max(*last_, to) : to;
  run_last_ = run_last_ ? std::max(*run_last_, to) : to;
}

void LogClock::stamp(Record& record) {
  const std::int64_t inside = record.kind == RecordKind::call ? record.duration_ns.value_or(0) : 0;
  if (record.time_ns) {
    record.time_ns = stamp(*record.time_ns, inside);
  } else if (record.since_last_ns && alone_) {
    record.time_ns = sum_ = later(sum_, *record.since_last_ns);
    note(sum_, inside);
  }
}

std::int64_t LogClock::stamp_any(std::int64_t column_ns, std::int64_t inside_ns) {
  const std::int64_t time = layout_.time == TimeColumn::of_day ? unwrapped(column_ns) : column_ns;
  note(time, inside_ns);
  return time;
}

void LogClock::note(std::int64_t time_ns, std::int64_t inside_ns) {
  if (!plausible_stamp(time_ns, layout_)) return;
  const bool back = log_latest_ && time_ns < *log_latest_ - kSecond;
  log_latest_ = std::max(log_latest_.value_or(time_ns), time_ns);
  if (back && !back_) ++steps_back_;
  back_ = back;
  whole_seconds_ = whole_seconds_ && time_ns % kSecond == 0;
  cover(time_ns, later(time_ns, inside_ns));
}

std::optional<std::uint64_t> LogClock::span_ns() const {
  if (!first_ || !comparable_) return std::nullopt;
  if (whole_seconds_ && *last_ - *first_ < kTelling * kSecond) return std::nullopt;
  return static_cast<std::uint64_t>(*last_ - *first_);
}

}  // namespace latimer::strace
