#include "backends/strace/log_source.h"

#include <fmt/format.h>
#include <sys/eventfd.h>

#include <algorithm>

#include "core/model/syscall_table.h"

namespace latimer::strace {
namespace {

using State = LogReader::State;

TranslatorOptions translator_options(const CaptureRequest& request) {
  TranslatorOptions options;
  options.filter = request.filter;
  options.pairing.by = request.by;
  options.pairing.args = options.pairing.births = request.details;
  options.pairing.from_log = true;
  options.pairing.durations = request.timing;
  return options;
}

std::uint64_t sum_of(const std::vector<TableCall>& calls) {
  std::uint64_t sum = 0;
  for (const TableCall& call : calls) sum += call.count;
  return sum;
}

}  // namespace

Result<std::unique_ptr<EventSource>> LogSource::open(const CaptureRequest& request) {
  const auto& target = std::get<LogTarget>(request.target);
  Result<std::vector<LogFile>> logs = find_logs(target.inputs);
  if (!logs) return std::move(logs).error();
  LayoutHints hints;
  if (!target.flags.empty()) {
    const Result<LayoutHints> said = hints_of_flags(target.flags);
    if (!said) return said.error();
    hints = *said;
  }
  return std::unique_ptr<EventSource>(
      new LogSource(request, *std::move(logs), hints, asks_wall_times(target.flags)));
}

LogSource::LogSource(const CaptureRequest& request, std::vector<LogFile> logs, LayoutHints hints,
                     bool wall_times)
    : by_(request.by),
      filter_(request.filter),
      timing_(request.timing),
      jobs_(std::get<LogTarget>(request.target).jobs),
      aggregates_(request.mode == CaptureMode::aggregate),
      wall_times_(wall_times),
      reader_(std::move(logs), std::get<LogTarget>(request.target).flags, hints),
      translator_(translator_options(request), nullptr),
      sums_(request.by),
      always_(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Status LogSource::start() {
  parser_ = std::make_unique<LogParser>(reader_, jobs_, aggregates_);
  return {};
}

int LogSource::poll_fd() const {
  const int fd = parser_ ? parser_->poll_fd() : -1;
  return fd >= 0 ? fd : always_.get();
}

void LogSource::stop() noexcept { reader_.stop(); }

std::optional<std::int64_t> LogSource::now() const { return clock_.run_latest_ns(); }

void LogSource::begin_log(const LogBlock& block) {
  const std::vector<LogFile>& logs = reader_.logs();
  const LogFile& log = logs[block.log];
  const bool separate = log.tid != 0 && block.columns.pid == PidColumn::none;
  const bool same_run = separate && latest_log_ && logs[*latest_log_].family == log.family;
  if (!same_run && latest_log_) translator_.begin_run(now());
  latest_log_ = block.log;
  translator_.set_log(logs.size() > 1 ? log.name : "", separate ? log.tid : 0, separate);
  clock_.begin_log(block.columns, !separate, same_run);
  lines_.begin_log(block.columns, !same_run);
}

void LogSource::feed(LogBlock& block) {
  if (block.begins) begin_log(block);
  const std::uint64_t before = sums_.completed();
  for (std::size_t i = 0; i < block.text.lines(); ++i) {
    const Skimmed& skimmed = block.read(i);
    // Another run in the log may have brought other columns.
    const bool usual = skimmed.usual && !lines_.other_columns() && take(skimmed);
    if (usual) continue;
    const Line line = block.text.line(i);
    if (skimmed.usual || (lines_.other_columns() && !block.text.overlong))
      parse_line(line.text, lines_.columns(), block.parsed());
    lines_.line(line, block.parsed());
  }
  if (timing_) durations_seen_ += sums_.completed() - before;  // nothing but skimmed lines yet
  if (block.ends) lines_.end_log();
  take_events();
}

bool LogSource::take(const Skimmed& skimmed) {
  const std::uint64_t before = sums_.completed();
  if (!lines_.skimmed(skimmed, sums_)) return false;
  // A skimmed duration is of whole microseconds.
  if (timing_ && step_ns_ > 1'000 && sums_.completed() != before) note_step(skimmed.duration_ns);
  return true;
}

void LogSource::take_events() {
  for (const SyscallEvent& event : translator_.pairing().events()) {
    if (event.kind == EventKind::gap) {
      gaps_ = true;
    } else if (event.duration_ns) {
      ++durations_seen_;
      note_step(*event.duration_ns);
    }
    if (aggregates_) sums_.add(event);
  }
}

// Seconds, ms, us or ns: the coarsest of which all durations so far are multiples.
void LogSource::note_step(std::int64_t duration_ns) {
  if (step_ns_ > 1 && duration_ns % 1'000 != 0) {
    step_ns_ = 1;
  } else if (step_ns_ > 1'000 && duration_ns % 1'000'000 != 0) {
    step_ns_ = 1'000;
  } else if (step_ns_ > 1'000'000 && duration_ns % 1'000'000'000 != 0) {
    step_ns_ = 1'000'000;
  }
}

// A few durations may be whole milliseconds by chance.
std::uint64_t LogSource::duration_step() const {
  constexpr std::uint64_t kTelling = 20;
  if (durations_seen_ == 0) return 1;
  return durations_seen_ < kTelling ? std::min<std::uint64_t>(step_ns_, 1'000) : step_ns_;
}

Result<Next> LogSource::next(Batch& batch, std::chrono::steady_clock::time_point deadline) {
  batch = {};
  Pairing& pairing = translator_.pairing();
  pairing.clear();
  if (over_ || !parser_) return Next::end;
  LogBlock* block = nullptr;
  const Result<State> state = parser_->next(block, deadline);
  if (!state) return state.error();
  if (*state == State::idle) return Next::idle;
  if (*state == State::ready) {
    feed(*block);
  } else {
    over_ = true;
    translator_.finish();
    take_events();
  }
  if (!aggregates_) batch.events = pairing.events();
  batch.losses = pairing.losses();
  return over_ && batch.events.empty() && batch.losses.empty() ? Next::end : Next::ready;
}

// What strace added up itself.
void LogSource::add_tables(Snapshot& snapshot) {
  for (const TableCall& call : lines_.tables()) {
    const Abi abi = call.mode == "32 bit" && kNativeAbi == Abi::x86_64 ? Abi::i386 : kNativeAbi;
    const std::int32_t number = translator_.number_of(abi, call.name);
    if (!filter_.selects(abi, number)) continue;
    SyscallKey key{abi, number, {}};
    key.subject.kind = by_;
    Tabulated table{call.count, call.errors, std::nullopt, std::nullopt, std::nullopt};
    if (wall_times_) {
      table.total_ns = call.time_ns;
      table.min_ns = call.min_ns;
      table.max_ns = call.max_ns;
    }
    SyscallStats& stats = snapshot.stats[key];
    stats.continuations.reset();
    if (stats.table) {
      stats.table->merge(table);
    } else {
      stats.table = table;
    }
  }
}

Result<Snapshot> LogSource::snapshot() {
  Snapshot snapshot;
  if (aggregates_) snapshot = sums_.snapshot();
  snapshot.in_flight = translator_.pairing().in_flight(now());
  add_tables(snapshot);
  return snapshot;
}

LogInfo LogSource::info() const {
  LogInfo info;
  info.inputs = reader_.inputs();
  info.input_count = reader_.logs().size();
  info.whole = reader_.whole();
  info.text_bytes = reader_.text_bytes();
  info.runs = lines_.runs();
  info.durations = durations_seen_ > 0;
  info.span_ns = clock_.span_ns();
  if (clock_.dated()) {
    info.start_realtime_ns = clock_.first_ns();
    info.end_realtime_ns = clock_.latest_ns();
  }
  info.duration_step_ns = duration_step();
  info.tabulated = sum_of(lines_.tables());
  return info;
}

void LogSource::add_line_warnings(std::vector<std::string>& warnings) const {
  const LineLedger& lines = translator_.lines();
  if (lines.rejected.empty()) return;  // what the beginning of a log raised doubts about was read after all
  const std::vector<std::string> doubts = reader_.doubts();
  warnings.insert(warnings.end(), doubts.begin(), doubts.end());
  std::uint64_t rejected = 0;
  for (const auto& [reason, count] : lines.rejected) rejected += count;
  if (doubts.empty() && rejected > lines.total / 4) {
    warnings.push_back(
        fmt::format("{} of {} lines could not be read (the ledger has the first): if their "
                    "columns were taken for others, --input-flags tells them",
                    rejected, lines.total));
  }
}

void LogSource::add_warnings(std::vector<std::string>& warnings, std::uint64_t returned) const {
  warnings = reader_.warnings();
  add_line_warnings(warnings);
  const std::uint64_t tabulated = sum_of(lines_.tables());
  const bool calls = translator_.lines().records > 0;
  if (lines_.runs() > 1)
    warnings.push_back(fmt::format("{} runs of strace are added up here", lines_.runs()));
  if (clock_.steps_back() > 0) {
    warnings.push_back(
        fmt::format("the time goes back {} {}: the clock was set, or several logs were put together; "
                    "lengths, rates, gaps and ages are then not what they seem",
                    clock_.steps_back(), clock_.steps_back() == 1 ? "time" : "times"));
  }
  if (duration_step() > 1'000) {
    warnings.push_back(fmt::format("durations are in steps of {}: what took less reads 0",
                                   duration_step() == 1'000'000 ? "1 ms" : "1 s"));
  }
  const LineLedger& lines = translator_.lines();
  const bool others = lines.ignored.contains("not selected") || lines.ignored.contains("not followed");
  if (!calls && tabulated == 0 && lines.rejected.empty())
    warnings.emplace_back(others ? "none of the log's calls was asked for"
                                 : "there are no records in the log");
  if (timing_ && calls && durations_seen_ == 0 && returned > 0) {
    warnings.push_back(fmt::format(
        "strace was run without -T, so the log tells no durations{}",
        gaps_ ? "; a gap is the time from a call's entry to the same thread's next one: the call, and what "
                "the program did after it"
              : ""));
  }
  add_table_warnings(warnings, tabulated, returned);
}

void LogSource::add_table_warnings(std::vector<std::string>& warnings, std::uint64_t tabulated,
                                   std::uint64_t returned) const {
  if (tabulated > 0) {
    warnings.push_back(fmt::format(
        "{} calls are known only from strace's own table (-c), which has no single calls: run strace with "
        "-T and without -c for latencies{}",
        tabulated,
        wall_times_ ? ""
                    : "; its seconds are CPU time in the kernel and left out, unless strace was run with -w, "
                      "which --input-flags \"-c -w\" says"));
  }
  if (lines_.rows_without_calls() > 0)
    warnings.emplace_back("strace's table has no column of calls (-U): it was left out");
  if (lines_.rows_without_errors() > 0)
    warnings.emplace_back("strace's table has no column of errors (-U): none are counted from it");
  if (lines_.cut_tables() > 0)
    warnings.emplace_back("strace's table (-c) ends without its total: calls of it may be missing");
  if (lines_.tables_beside_calls() > 0 && filter_.selects_all() && lines_.tables_beside_calls() != returned) {
    warnings.push_back(
        fmt::format("strace's own table (-C) has {} calls, and {} are in the log; it leaves out those that "
                    "it has no name for",
                    lines_.tables_beside_calls(), returned));
  }
}

SourceStats LogSource::stats() {
  SourceStats stats;
  stats.ledger = translator_.pairing().ledger();
  if (aggregates_) stats.ledger.completed = sums_.completed();
  stats.ledger.lines = translator_.lines();
  stats.names = translator_.names().names();
  stats.log = info();
  if (timing_ && durations_seen_ > 0)
    stats.cost.unknown_reason =
        "strace stops a task twice per call; what that takes is in part in the durations themselves";
  const Ledger& ledger = stats.ledger;
  add_warnings(stats.warnings, ledger.exits.value_or(0));
  return stats;
}

}  // namespace latimer::strace
