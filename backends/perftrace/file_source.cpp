#include "backends/perftrace/file_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "backends/perftrace/script_translator.h"
#include "backends/perftrace/trace_translator.h"
#include "core/model/text_escape.h"
#include "core/record/content_kind.h"
#include "core/record/input_sizes.h"

namespace latimer::perftrace {
namespace {

constexpr std::size_t kSniffBytes = std::size_t{64} << 10;
constexpr std::size_t kShown = 60;  // bytes of a first line

// Of perf.data the text is what is read, and nobody knows how long that will be.
std::optional<std::uint64_t> bytes_to_read(const std::vector<std::string>& inputs) {
  if (std::any_of(inputs.begin(), inputs.end(), is_perf_data)) return std::nullopt;
  return size_of_all(inputs);
}

TranslatorOptions options_for(const CaptureRequest& request) {
  const std::vector<std::string>& inputs = std::get<LogTarget>(request.target).inputs;
  TranslatorOptions options;
  options.filter = request.filter;
  options.details = request.details;
  options.by = request.by;
  options.timing = request.timing;
  options.tells_loss = std::all_of(inputs.begin(), inputs.end(), is_perf_data);  // PerfData asks for it
  return options;
}

// A text may have been through a system whose lines end in CR LF.
std::string_view without_cr(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// What such a line says about the kind of a text: stacks and tables, which are many lines each, say nothing,
// nor does a part of a record.
enum class Vote : std::uint8_t { trace, none, other };
Vote vote_of(const TraceParsed& parsed) {
  if (const auto* ignored = std::get_if<TraceIgnored>(&parsed))
    return ignored->kind == "page fault" || ignored->kind == "other event" ? Vote::trace : Vote::none;
  if (const auto* rejected = std::get_if<TraceRejected>(&parsed))
    return rejected->column > 0 ? Vote::none : Vote::other;
  return std::holds_alternative<TraceIncomplete>(parsed) ? Vote::none : Vote::trace;
}

std::string_view name_of(TextKind kind) { return kind == TextKind::trace ? "perf trace" : "perf script"; }

}  // namespace

// Most lines have to be: a log of strace may quote one.
TextKind text_kind(std::string_view beginning) {
  std::size_t script = 0, trace = 0, others = 0;
  while (!beginning.empty()) {
    const std::size_t end = std::min(beginning.find('\n'), beginning.size());
    const std::string_view line = without_cr(beginning.substr(0, end));
    beginning.remove_prefix(std::min(end + 1, beginning.size()));
    const ScriptParsed as_script = parse_script_line(line);
    if (std::holds_alternative<ScriptRecord>(as_script)) {
      ++script;
      continue;
    }
    const Vote vote = vote_of(parse_trace_line(line));
    trace += vote == Vote::trace ? 1 : 0;
    others += vote == Vote::other && std::holds_alternative<ScriptRejected>(as_script) ? 1 : 0;
  }
  if (script > trace + others) return TextKind::script;
  return trace > script + others ? TextKind::trace : TextKind::other;
}

Result<std::unique_ptr<EventSource>> FileSource::open(const CaptureRequest& request) {
  const auto& target = std::get<LogTarget>(request.target);
  if (!target.flags.empty())
    return Error{Errc::usage,
                 "--input-flags is about logs of strace: perf's lines say themselves what they are",
                 "leave it out"};
  if (Status named = refuse_folders(target.inputs, "perf's output"); !named) return std::move(named).error();
  return std::unique_ptr<EventSource>(new FileSource(request));
}

FileSource::FileSource(const CaptureRequest& request)
    : timing_(request.timing),
      aggregates_(request.mode == CaptureMode::aggregate),
      options_(options_for(request)),
      translator_(std::make_unique<ScriptTranslator>(options_)),
      sums_(request.by),
      inputs_(*this, std::get<LogTarget>(request.target).inputs, kSniffBytes,
              bytes_to_read(std::get<LogTarget>(request.target).inputs)) {}

std::optional<Progress> FileSource::progress() const { return Progress{inputs_.done(), inputs_.total()}; }

Result<InputStream> FileSource::open_input(const std::string& input) {
  if (!is_perf_data(input)) return InputStream::open(input);
  Result<PerfData> data = PerfData::open(input);
  if (!data) return std::move(data).error();
  perf_.emplace(*std::move(data));
  return perf_->take_text();
}

Status FileSource::end_input(const std::string&, bool whole) {
  Status ended;
  if (perf_ && whole) {
    translator().lost_in_all(perf_->lost().value_or(0));
    ended = perf_->finish();
  }
  perf_.reset();
  return ended;
}

void FileSource::end_inputs() {
  translator().finish();
  collect();
}

// Whether this is such a text at all: so that another is named for what it is.
Result<std::string> FileSource::begin_input(const std::string& input, std::string_view beginning,
                                            bool readable) {
  const ContentKind content = content_kind(beginning);
  if (content == ContentKind::cr_only) return refusal(input, content, beginning);  // it would be one line
  TextKind kind = perf_ ? TextKind::script : text_kind(beginning);
  if (kind == TextKind::other) {
    if (content != ContentKind::empty && readable) return refusal(input, content, beginning);
    kind = kind_;
  }
  if (Status settled = settle_on(input, kind); !settled) return std::move(settled).error();
  translator().begin_log(inputs_.count() > 1 ? input : "");
  return std::string(perf_ ? "perf.data" : name_of(kind));
}

Status FileSource::settle_on(const std::string& input, TextKind kind) {
  if (kind == kind_) return {};
  if (kind_ != TextKind::other)
    return Error{Errc::unsupported,
                 fmt::format("{}: this is what {} prints, and what was read before is {}'s",
                             shown_input(input), name_of(kind), name_of(kind_)),
                 "read them one by one"};
  kind_ = kind;
  if (kind == TextKind::trace) translator_ = std::make_unique<TraceTranslator>(options_, nullptr);
  return {};
}

Error FileSource::refusal(const std::string& input, ContentKind kind, std::string_view beginning) {
  const std::string name = shown_input(input);
  // Single lines of perf's make no such text.
  if (kind != ContentKind::text && kind != ContentKind::perf_trace && kind != ContentKind::perf_script)
    return Error{
        Errc::unsupported,
        fmt::format("{}: this is not what perf script or perf trace print: it is {}", name, describe(kind)),
        std::string(advice_on(kind))};
  const std::string_view first = beginning.substr(0, std::min(beginning.find('\n'), kShown));
  return Error{
      Errc::unsupported,
      fmt::format("{}: this is not what perf script or perf trace print of system calls; it begins with '{}'",
                  name, escape_bytes(first)),
      "perf trace -o FILE -- CMD makes such a file; so do perf record -e 'raw_syscalls:*' -- CMD; perf "
      "script > FILE"};
}

void FileSource::take_lines(TextBlock& block) {
  block.find_lines();
  SnapshotBuilder* sums = aggregates_ ? &sums_ : nullptr;
  for (std::size_t i = 0; i < block.lines(); ++i) {
    Line line = block.line(i);
    line.text = without_cr(line.text);
    translator().line(line, sums);
  }
  collect();
}

void FileSource::collect() {
  if (!aggregates_) return;
  for (const SyscallEvent& event : translator().pairing().events()) sums_.add(event);
}

Result<Next> FileSource::next(Batch& batch, std::chrono::steady_clock::time_point deadline) {
  batch = {};
  translator().pairing().clear();
  if (over_) return Next::end;
  const Result<TextInputs::Step> step = inputs_.step(deadline);
  over_ = !step || *step == TextInputs::Step::over;
  if (!step) return step.error();
  if (*step == TextInputs::Step::idle) return Next::idle;
  Pairing& pairing = translator().pairing();  // the step may have put another one there
  if (!aggregates_) batch.events = pairing.events();
  batch.losses = pairing.losses();
  return over_ && batch.events.empty() && batch.losses.empty() ? Next::end : Next::ready;
}

Result<Snapshot> FileSource::snapshot() {
  Snapshot snapshot;
  if (aggregates_) snapshot = sums_.snapshot();
  snapshot.in_flight = translator().pairing().in_flight(translator().now_ns());
  return snapshot;
}

LogInfo FileSource::info() const {
  LogInfo info = inputs_.info();
  info.durations = timing_ && translator_->lines().records > 0;
  info.span_ns = translator_->span_ns();
  info.duration_step_ns = translator_->duration_step_ns();
  return info;
}

std::vector<std::string> FileSource::warnings() const {
  std::vector<std::string> warnings = translator_->warnings();
  const LineLedger& lines = translator_->lines();
  if (lines.records == 0 && lines.rejected.empty())
    warnings.emplace_back(lines.ignored.contains("not selected")
                              ? "none of the recorded calls was asked for"
                              : "there are no system calls in what perf recorded");
  return warnings;
}

SourceStats FileSource::stats() {
  SourceStats stats;
  stats.ledger = translator().pairing().ledger();
  if (aggregates_) stats.ledger.completed = sums_.completed();
  stats.ledger.lines = translator().lines();
  stats.log = info();
  stats.cost.unknown_reason = "a recording does not tell what recording cost";
  stats.warnings = warnings();
  return stats;
}

}  // namespace latimer::perftrace
