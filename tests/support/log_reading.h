// A log read to its end, as a session does it, and all that came out of it as text: so that two readings can
// be compared, and a difference be seen. For unit tests and fuzzers.
#pragma once

#include <fmt/format.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backends/strace/log_source.h"
#include "core/model/syscall_table.h"
#include "core/stats/snapshot_builder.h"

namespace latimer::test {

struct LogQuestion {
  std::string flags = {};
  unsigned jobs = 1;
  GroupBy by = GroupBy::none;
  SyscallFilter filter = {};
  CaptureMode mode = CaptureMode::aggregate;  // stream: every line is parsed, and an event for every call
  // Whose log it is.
  Result<std::unique_ptr<EventSource>> (*open)(const CaptureRequest&) = strace::LogSource::open;
};

struct LogAnswer {
  Snapshot snapshot;
  SourceStats stats;
  std::optional<Error> error;  // nothing could be read, or not all
  bool negative = false;       // some duration was
};

class LogReading {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  LogReading(std::vector<std::string> inputs, const LogQuestion& question) : builder_(question.by) {
    CaptureRequest request;
    request.target = LogTarget{std::move(inputs), question.flags, question.jobs};
    request.by = question.by;
    request.filter = question.filter;
    request.mode = question.mode;
    auto source = question.open(request);
    if (source) {
      source_ = std::move(source).value();
      if (Status started = source_->start(); !started) answer_.error = started.error();
    } else {
      answer_.error = source.error();
    }
  }

  // Reads what there is now. False: the end has come.
  bool step(TimePoint deadline = TimePoint::min()) {
    if (!source_ || over_) return false;
    for (;;) {
      Batch batch;
      const Result<Next> next = source_->next(batch, deadline);
      if (!next) {
        answer_.error = next.error();
        continue;  // as a session does: what is left is still delivered
      }
      for (const SyscallEvent& event : batch.events) {
        answer_.negative = answer_.negative || event.duration_ns.value_or(0) < 0;
        builder_.add(event);
      }
      if (*next == Next::idle) return true;
      over_ = *next == Next::end;
      if (over_) return false;
    }
  }

  LogAnswer finish() {
    while (step(TimePoint::max())) {
    }
    if (!source_) return answer_;
    answer_.snapshot = *source_->snapshot();
    answer_.snapshot.merge(builder_.snapshot());
    answer_.stats = source_->stats();
    const bool known = source_->tells_targets() && answer_.stats.ledger.completed;
    if (!source_->aggregates() && !known) answer_.stats.ledger.completed = builder_.completed();
    return answer_;
  }

  [[nodiscard]] EventSource* source() { return source_.get(); }

 private:
  std::unique_ptr<EventSource> source_;
  SnapshotBuilder builder_;
  LogAnswer answer_;
  bool over_ = false;
};

inline LogAnswer read_logs(std::vector<std::string> inputs, const LogQuestion& question = {}) {
  return LogReading(std::move(inputs), question).finish();
}

inline std::string text_of(const Histogram& histogram) {
  std::string text = fmt::format("{}/{}/{}/{}", histogram.count(), histogram.sum(),
                                 histogram.min().value_or(0), histogram.max().value_or(0));
  for (const Bar& bar : bucket_view(histogram)) text += fmt::format(" {}x{}", bar.lo_ns, bar.count);
  return text;
}

inline std::string text_of(const std::optional<std::uint64_t>& value) {
  return value ? std::to_string(*value) : "-";
}

inline std::string text_of(const SyscallKey& key) {
  return fmt::format("{}/{} {}.{}.{}.{}", to_string(key.abi), key.number, key.subject.pid, key.subject.tid,
                     key.subject.epoch, key.subject.name);
}

inline std::string text_of(const SyscallStats& stats) {
  std::string text = fmt::format("count {} untimed {} killed {} continuations {} latency {} gaps {}",
                                 stats.count(), stats.untimed, stats.killed_inside,
                                 text_of(stats.continuations), text_of(stats.latency), text_of(stats.gaps));
  if (stats.table) {
    text += fmt::format(" table {}/{}/{}/{}/{}", stats.table->count, stats.table->errors,
                        text_of(stats.table->total_ns), text_of(stats.table->min_ns),
                        text_of(stats.table->max_ns));
  }
  for (const auto& [error, count] : stats.errors) text += fmt::format(" e{}={}", error, count);
  return text;
}

inline std::string text_of(const LineLedger& lines) {
  std::string text = fmt::format("lines {} records {}\n", lines.total, lines.records);
  for (const auto& [kind, count] : lines.ignored) text += fmt::format("ignored {}: {}\n", kind, count);
  for (const auto& [reason, count] : lines.rejected) text += fmt::format("rejected {}: {}\n", reason, count);
  for (const std::string& line : lines.first_rejected) text += line + "\n";
  return text;
}

inline std::string text_of(const Ledger& ledger) {
  std::string text;
  for (const auto& [name, term] : {std::pair{"enters", ledger.enters},
                                   {"exits", ledger.exits},
                                   {"completed", ledger.completed},
                                   {"in flight", ledger.in_flight},
                                   {"no return", ledger.no_return},
                                   {"began before", ledger.began_before_attach},
                                   {"lost enters", ledger.lost_enters},
                                   {"lost exits", ledger.lost_exits}}) {
    text += fmt::format("{} {}\n", name, text_of(term));
  }
  for (const Count& lost : ledger.lost) text += "lost " + text_of(lost) + "\n";
  return text + (ledger.lines ? text_of(*ledger.lines) : "");
}

inline std::string text_of(const LogInfo& log) {
  const auto time = [](const std::optional<std::int64_t>& ns) { return ns ? std::to_string(*ns) : "-"; };
  std::string text = fmt::format(
      "whole {} bytes {} runs {} durations {} span {} from {} to {} step {} tabulated {}\n", log.whole,
      log.text_bytes, log.runs, log.durations, text_of(log.span_ns), time(log.start_realtime_ns),
      time(log.end_realtime_ns), log.duration_step_ns, log.tabulated);
  for (const LogInput& input : log.inputs) text += "columns " + input.columns + "\n";
  return text;
}

// All that must not depend on how the bytes came: from a file, a pipe or packed, in which pieces, with how
// many threads.
inline std::string text_of(const LogAnswer& answer) {
  std::string text = answer.error ? "error " + answer.error->message + " / " + answer.error->hint + "\n" : "";
  for (const auto& [key, stats] : answer.snapshot.stats) text += text_of(key) + ": " + text_of(stats) + "\n";
  for (const InFlight& call : answer.snapshot.in_flight) {
    text += fmt::format("in flight {} {}.{} {} age {}{}\n", text_of(call.key), call.pid, call.tid, call.comm,
                        text_of(call.age_ns), call.at_least ? " at least" : "");
  }
  text += text_of(answer.stats.ledger);
  if (answer.stats.log) text += text_of(*answer.stats.log);
  for (const auto& [number, name] : answer.stats.names.calls)
    text += fmt::format("call {} {}\n", number, name);
  for (const auto& [number, name] : answer.stats.names.errors)
    text += fmt::format("error {} {}\n", number, name);
  for (const std::string& warning : answer.stats.warnings) text += "warning " + warning + "\n";
  return text;
}

// The same with a log's name taken out, for readings of logs that have different ones.
inline std::string text_without(const LogAnswer& answer, const std::string& name) {
  std::string text = text_of(answer);
  for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos;)
    text.replace(at, name.size(), "LOG");
  return text;
}

}  // namespace latimer::test
