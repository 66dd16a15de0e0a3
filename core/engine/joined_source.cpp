#include "core/engine/joined_source.h"

#include <fmt/format.h>

#include <algorithm>

namespace latimer {
namespace {

// Nanoseconds since 1970 have been above this since 2001. Clocks that begin when a host or a tracer does get
// there after 31 years.
constexpr std::int64_t kCalendarFrom = 1'000'000'000'000'000'000;

constexpr std::size_t kMostInputs = 100;

bool is_foreign_call(std::int32_t number) { return number < -1; }
bool is_foreign_error(std::int32_t error) { return error > 4095; }

std::int32_t looked_up(const std::map<std::int32_t, std::int32_t>& numbers, std::int32_t number) {
  const auto found = numbers.find(number);
  return found == numbers.end() ? number : found->second;
}

}  // namespace

JoinedSource::JoinedSource(std::vector<Part> parts, bool aggregates)
    : parts_(std::move(parts)), aggregates_(aggregates) {}

Status JoinedSource::start() {
  begun_ = 1;
  return parts_.front().source->start();
}

// What the part has come to call by numbers of its own.
void JoinedSource::note_names(Part& part) {
  const ForeignNames& names = part.source->foreign_names();
  if (part.calls.size() != names.calls.size())
    for (const auto& [number, name] : names.calls) part.calls.try_emplace(number, names_.call(name));
  if (part.errors.size() != names.errors.size())
    for (const auto& [number, name] : names.errors) part.errors.try_emplace(number, names_.error(name));
}

std::int32_t JoinedSource::number_of(const Part& part, std::int32_t number) const {
  return is_foreign_call(number) ? looked_up(part.calls, number) : number;
}

void JoinedSource::keep_time(Part& part, SyscallEvent& event) {
  if (!event.start_ns) return;
  const bool calendar = *event.start_ns >= kCalendarFrom;
  if (!calendar_) {
    calendar_ = calendar;
    clock_of_ = current_;
  }
  if (calendar == *calendar_ && (calendar || clock_of_ == current_)) return;
  event.start_ns.reset();
  ++part.out_of_time;
}

void JoinedSource::take(Part& part, SyscallEvent& event) {
  if (event.kind == EventKind::completed) ++part.delivered;
  event.number = number_of(part, event.number);
  if (is_foreign_error(event.error)) event.error = looked_up(part.errors, event.error);
  keep_time(part, event);
}

Result<Next> JoinedSource::next(Batch& batch, std::chrono::steady_clock::time_point deadline) {
  batch = {};
  if (over_) return Next::end;
  Part& part = parts_[current_];
  Result<Next> next = part.source->next(batch, deadline);
  if (next && *next != Next::end) {
    note_names(part);
    for (SyscallEvent& event : batch.events) take(part, event);
    return next;
  }
  if (!next && !failure_) failure_ = std::move(next).error();
  batch = {};
  while (current_ + 1 < parts_.size() && !stopped_) {
    ++current_;
    begun_ = current_ + 1;
    Status started = parts_[current_].source->start();
    if (started) return Next::ready;
    if (!failure_) failure_ = std::move(started).error();
  }
  over_ = true;
  if (failure_) return *std::exchange(failure_, std::nullopt);
  return Next::end;
}

void JoinedSource::stop() noexcept {
  stopped_ = true;
  for (const Part& part : parts_) part.source->stop();
}

std::optional<Progress> JoinedSource::progress() const {
  Progress sum{0, 0};
  for (const Part& part : parts_) {
    const auto progress = part.source->progress();
    if (!progress) return std::nullopt;
    sum.done += progress->done;
    if (sum.total && progress->total) {
      *sum.total += *progress->total;
    } else {
      sum.total.reset();
    }
  }
  return sum;
}

Result<Snapshot> JoinedSource::snapshot() {
  Snapshot whole;
  for (std::size_t i = 0; i < begun_; ++i) {
    Part& part = parts_[i];
    Result<Snapshot> own = part.source->snapshot();
    if (!own) return own;
    note_names(part);
    Snapshot ours;
    for (auto& [key, stats] : own->stats) {
      SyscallKey renamed = key;
      renamed.number = number_of(part, key.number);
      std::map<std::int32_t, std::uint64_t> errors;
      for (const auto& [error, count] : stats.errors) errors[looked_up(part.errors, error)] += count;
      stats.errors = std::move(errors);
      ours.stats.try_emplace(std::move(renamed), std::move(stats));
    }
    ours.in_flight = std::move(own->in_flight);
    for (InFlight& call : ours.in_flight) call.key.number = number_of(part, call.key.number);
    whole.merge(ours);
  }
  return whole;
}

void JoinedSource::add_log(SourceStats& stats, const LogInfo& log) const {
  if (!stats.log) {
    stats.log = log;
    return;
  }
  LogInfo& to = *stats.log;
  for (const LogInput& input : log.inputs)
    if (to.inputs.size() < kMostInputs) to.inputs.push_back(input);
  to.input_count += log.input_count;
  to.whole = to.whole && log.whole;
  to.text_bytes += log.text_bytes;
  to.runs += log.runs;
  to.durations = to.durations || log.durations;
  to.duration_step_ns = std::max(to.duration_step_ns, log.duration_step_ns);
  to.tabulated += log.tabulated;
  const bool comparable =
      to.start_realtime_ns && to.end_realtime_ns && log.start_realtime_ns && log.end_realtime_ns;
  if (!comparable) {
    to.span_ns.reset();
    to.start_realtime_ns.reset();
    to.end_realtime_ns.reset();
    return;
  }
  to.start_realtime_ns = std::min(*to.start_realtime_ns, *log.start_realtime_ns);
  to.end_realtime_ns = std::max(*to.end_realtime_ns, *log.end_realtime_ns);
  to.span_ns = static_cast<std::uint64_t>(*to.end_realtime_ns - *to.start_realtime_ns);
}

SourceStats JoinedSource::stats() {
  SourceStats whole;
  bool first = true;
  for (std::size_t i = 0; i < begun_; ++i) {
    Part& part = parts_[i];
    SourceStats own = part.source->stats();
    if (!aggregates_ && !part.source->counts_completed()) own.ledger.completed = part.delivered;
    if (std::exchange(first, false)) {
      whole.ledger = own.ledger;
    } else {
      whole.ledger.add(own.ledger);
    }
    if (own.log) add_log(whole, *own.log);
    for (const std::string& warning : own.warnings)
      whole.warnings.push_back(fmt::format("{}: {}", part.name, warning));
    if (part.out_of_time > 0)
      whole.warnings.push_back(fmt::format(
          "{}: its clock has nothing in common with that of {}: its {} calls are in every figure but "
          "those over time",
          part.name, parts_[clock_of_].name, part.out_of_time));
  }
  if (begun_ < parts_.size() && whole.log) whole.log->whole = false;
  whole.names = names_.names();
  whole.cost.unknown_reason = "logs do not tell what making them cost";
  whole.warnings.emplace_back(
      "logs of different tracers are added up here: what a tracer itself costs is in its durations, and a "
      "pid "
      "in one may be another process in the next (latimer diff sets them against each other)");
  return whole;
}

}  // namespace latimer
