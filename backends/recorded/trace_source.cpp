#include "backends/recorded/trace_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "core/model/text_escape.h"
#include "core/record/content_kind.h"
#include "core/record/input_sizes.h"
#include "core/record/report_json.h"

namespace latimer::recorded {
namespace {

constexpr std::size_t kSniffBytes = std::size_t{16} << 10;
constexpr std::size_t kMostWarnings = 20;

Error refusal(const std::string& input, std::string_view beginning, const Error& why) {
  const ContentKind kind = content_kind(beginning);
  const std::string name = shown_input(input);
  if (kind != ContentKind::text)
    return Error{Errc::unsupported,
                 fmt::format("{}: this is no trace of Latimer's: it is {}", name, describe(kind)),
                 std::string(advice_on(kind))};
  return Error{Errc::unsupported,
               fmt::format("{}: line 1: this is no trace of Latimer's: {}", name, why.message),
               "docs/trace-format.md describes what a trace begins with; latimer trace -o FILE makes one"};
}

InFlight as_in_flight(const InFlightCall& call) {
  InFlight result;
  result.key.abi = call.abi;
  result.key.number = call.number;
  result.pid = call.pid;
  result.tid = call.tid;
  result.comm = call.comm;
  result.age_ns = call.age_ns;
  result.at_least = call.at_least;
  return result;
}

std::optional<Json> parsed(std::string_view text) {
  auto json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object()) return std::nullopt;
  return json;
}

// A folder stands for what has a trace's name in it, in the order of the names.
Result<std::vector<std::string>> with_folders_read(const std::vector<std::string>& inputs) {
  std::vector<std::string> result;
  for (const std::string& input : inputs) {
    std::error_code error;
    if (!std::filesystem::is_directory(input, error)) {
      result.push_back(input);
      continue;
    }
    const std::size_t before = result.size();
    for (std::filesystem::directory_iterator entry(input, error), end; !error && entry != end;
         entry.increment(error)) {
      const std::string name = entry->path().string();
      if (name.ends_with(".csv") || name.ends_with(".csv.zst") || name.ends_with(".csv.gz"))
        result.push_back(name);
    }
    if (result.size() == before)
      return Error{Errc::not_found, fmt::format("{}: there is no trace in this folder", shown_input(input)),
                   "traces are files whose names end in .csv, .csv.zst or .csv.gz"};
    std::sort(result.begin() + static_cast<std::ptrdiff_t>(before), result.end());
  }
  return result;
}

}  // namespace

Result<std::unique_ptr<EventSource>> TraceSource::open(const CaptureRequest& request) {
  const auto& target = std::get<LogTarget>(request.target);
  if (!target.flags.empty())
    return Error{Errc::usage, "--input-flags is about logs of strace: Latimer's traces need none",
                 "leave it out"};
  auto inputs = with_folders_read(target.inputs);
  if (!inputs) return std::move(inputs).error();
  return std::unique_ptr<EventSource>(new TraceSource(request, std::move(inputs).value()));
}

TraceSource::TraceSource(const CaptureRequest& request, const std::vector<std::string>& inputs)
    : filter_(request.filter),
      timing_(request.timing),
      aggregates_(request.mode == CaptureMode::aggregate),
      sums_(request.by),
      inputs_(*this, inputs, kSniffBytes, size_of_all(inputs)) {}

std::optional<Progress> TraceSource::progress() const { return Progress{inputs_.done(), inputs_.total()}; }

Result<std::string> TraceSource::begin_input(const std::string& input, std::string_view beginning,
                                             bool readable) {
  file_ = {};
  header_taken_ = false;
  file_.name = shown_input(input);
  lines_.set_log(inputs_.count() > 1 ? input : "");
  if (readable && beginning.empty()) return std::string();  // which Session judges
  const std::string_view header = beginning.substr(0, beginning.find('\n'));
  auto columns = parse_header(header);
  if (!columns) {
    if (!readable) return std::string();
    return refusal(input, beginning, columns.error());
  }
  rows_.set_columns(*columns);
  if (columns->place[static_cast<std::size_t>(TraceColumn::flags)] < 0) {
    columns_missing_ = true;
    warnings_.push_back(
        fmt::format("{}: there is no column 'flags': calls that never returned, or were refused, cannot be "
                    "told from others",
                    file_.name));
  }
  return std::string();
}

void TraceSource::take_lines(TextBlock& block) {
  block.find_lines();
  for (std::size_t i = 0; i < block.lines(); ++i) take_row(block.line(i));
}

void TraceSource::take_row(const Line& line) {
  if (!header_taken_) {
    header_taken_ = true;
    return lines_.ignore("header");
  }
  if (line.text.empty() || line.text == "\r") return lines_.ignore("blank");
  if (line.overlong) return lines_.reject(line, "line too long", line.text.size());
  auto row = rows_.read(line.text);
  // The recorder writes whole rows: this one was cut. The end shows in its own form that it is whole.
  const auto* end = std::get_if<MetaRow>(&row);
  if (!line.terminated && !file_.ended && (end == nullptr || !parsed(end->json)))
    return lines_.reject(line, "cut off", line.text.size());
  if (const auto* bad = std::get_if<BadRow>(&row)) return lines_.reject(line, bad->reason, bad->column);
  if (const auto* meta = std::get_if<MetaRow>(&row)) {
    take_meta(*meta);
    return lines_.ignore("about the trace");
  }
  ++file_.rows;
  SyscallEvent& event = std::get<SyscallEvent>(row);
  if (event.kind == EventKind::completed) ++file_.completed;
  event.continuations_known = continuations_known_;
  note_time(event);
  if (!filter_.selects(event.abi, event.number)) return lines_.ignore("not selected");
  lines_.record();
  take_call(event);
}

void TraceSource::take_call(SyscallEvent& event) {
  if (!timing_) event.duration_ns.reset();
  if (aggregates_) return sums_.add(event);
  events_.push_back(event);
}

void TraceSource::note_time(const SyscallEvent& event) {
  if (!event.start_ns) return;
  if (!first_ns_ || *event.start_ns < *first_ns_) first_ns_ = event.start_ns;
  const std::int64_t end = *event.start_ns + event.duration_ns.value_or(0);
  if (!last_ns_ || end > *last_ns_) last_ns_ = end;
}

void TraceSource::take_meta(const MetaRow& row) {
  if (row.what == kTraceBegin) return take_beginning(row.json);
  if (row.what == kTraceEnd) return take_end(row.json);
}

void TraceSource::take_beginning(std::string_view text) {
  const auto json = parsed(text);
  file_.begun = true;
  if (!json) {
    warnings_.push_back(fmt::format("{}: what the trace says of its beginning cannot be read", file_.name));
    return;
  }
  const int version = field_or(*json, "version", 0);
  if (text_field(*json, "format") != kTraceFormat || version < 1) {
    refusal_ = Error{Errc::unsupported,
                     fmt::format("{}: line 2: '#begin' does not say that this is a {} of some version",
                                 file_.name, kTraceFormat),
                     "docs/trace-format.md describes what a trace begins with"};
    inputs_.stop();
    return;
  }
  if (version > kTraceVersion) {
    refusal_ = Error{
        Errc::unsupported,
        fmt::format("{}: line 2: a trace of version {}, made by Latimer {}; this one reads up to version {}",
                    file_.name, version,
                    field_or(field_or(*json, "environment", Json::object()), "latimer_version",
                             std::string("of unknown version")),
                    kTraceVersion),
        "read it with that one, or a newer one"};
    inputs_.stop();
    return;
  }
  file_.part = field_or(*json, "part", 1U);
  file_.selective = !text_field(field_or(*json, "target", Json::object()), "filter").empty();
  TraceOrigin origin;
  origin.backend = text_field(*json, "backend");
  origin.target = target_from_json(field_or(*json, "target", Json::object()));
  origin.environment = environment_from_json(field_or(*json, "environment", Json::object()));
  continuations_known_ = origin.backend == "ebpf" || origin.backend == "strace";
  file_.recording = origin.recording();
  seen_recordings_.insert(file_.recording);
  if (!origin_) origin_ = std::move(origin);
}

void TraceSource::take_end(std::string_view text) {
  const auto json = parsed(text);
  if (!json) return;
  file_.ended = true;
  ++file_.ends;
  file_.continues = field_or(*json, "continues", false);
  file_.recorded_rows = optional_field<std::uint64_t>(*json, "rows");
  if (file_.continues) return;
  any_ended_ = true;
  file_.incomplete = !field_or(*json, "complete", true);
  file_.end_reason = text_field(*json, "end_reason");
  file_.duration_ns = optional_field<std::uint64_t>(*json, "duration_ns");
  file_.all_rows = optional_field<std::uint64_t>(*json, "all_rows");
  const Ledger ledger = ledger_from_json(field_or(*json, "ledger", Json::object()));
  file_.all_completed = ledger.completed;
  if (ledger_) {
    ledger_->add(ledger);
  } else {
    ledger_ = ledger;
  }
  for (const Json& call : field_or(*json, "in_flight", Json::array()))
    in_flight_.push_back(as_in_flight(in_flight_from_json(call)));
  const Json cpu = field_or(*json, "cpu", Json());
  const auto user = optional_field<std::uint64_t>(cpu, "user_ns");
  const auto system = optional_field<std::uint64_t>(cpu, "system_ns");
  if (user && system)
    cpu_ =
        TargetCpu{cpu_.value_or(TargetCpu{}).user_ns + *user, cpu_.value_or(TargetCpu{}).system_ns + *system};
  for (const std::string& warning : field_or(*json, "warnings", std::vector<std::string>())) {
    const auto bytes = unescape_bytes(warning);
    if (warnings_.size() < kMostWarnings)
      warnings_.push_back("when it was recorded: " + (bytes ? *bytes : warning));
  }
}

Status TraceSource::end_input(const std::string&, bool whole) {
  if (refusal_) return *refusal_;
  if (!inputs_.stopping() && header_taken_) recordings_.add(file_, whole);
  return {};
}

Result<Next> TraceSource::next(Batch& batch, std::chrono::steady_clock::time_point deadline) {
  batch = {};
  events_.clear();
  rows_.clear();
  if (over_) return Next::end;
  const Result<TextInputs::Step> step = inputs_.step(deadline);
  over_ = !step || *step == TextInputs::Step::over;
  if (refusal_) {
    over_ = true;
    return *std::exchange(refusal_, std::nullopt);
  }
  if (!step) return step.error();
  if (*step == TextInputs::Step::idle) return Next::idle;
  batch.events = events_;
  return over_ && batch.events.empty() ? Next::end : Next::ready;
}

Result<Snapshot> TraceSource::snapshot() {
  Snapshot snapshot;
  if (aggregates_) snapshot = sums_.snapshot();
  for (const InFlight& call : in_flight_)
    if (filter_.selects(call.key.abi, call.key.number)) snapshot.in_flight.push_back(call);
  return snapshot;
}

SourceStats TraceSource::stats() {
  SourceStats stats;
  LogInfo log = inputs_.info();
  // The terms are those of the capture; with a selection they are about more than what is told here.
  const bool all = filter_.selects_all() && any_ended_ && ledger_;
  if (all) stats.ledger = *ledger_;
  if (aggregates_ && !stats.ledger.completed) stats.ledger.completed = sums_.completed();
  stats.ledger.lines = lines_.ledger();
  stats.warnings = warnings_;
  if (over_) {
    const auto missing = recordings_.warnings();
    stats.warnings.insert(stats.warnings.end(), missing.begin(), missing.end());
  }
  log.whole = log.whole && recordings_.whole() && !columns_missing_;
  log.durations = timing_ && lines_.ledger().records > 0;
  if (first_ns_ && last_ns_) {
    log.span_ns = static_cast<std::uint64_t>(*last_ns_ - *first_ns_);
    log.start_realtime_ns = first_ns_;
    log.end_realtime_ns = last_ns_;
  }
  // Recordings that were ended say how long they watched, also when nothing was called.
  if (const auto watched = recordings_.duration_ns(); watched && recordings_.whole()) log.span_ns = *watched;
  stats.log = std::move(log);
  stats.names = foreign_names();
  if (seen_recordings_.size() < 2) stats.origin = origin_;
  stats.cpu = cpu_;
  stats.cost.unknown_reason = "a trace does not tell what making it cost";
  if (over_ && lines_.ledger().records == 0 && lines_.ledger().rejected.empty())
    stats.warnings.emplace_back(lines_.ledger().ignored.contains("not selected")
                                    ? "none of the recorded calls was asked for"
                                    : "the trace has no calls");
  return stats;
}

}  // namespace latimer::recorded
