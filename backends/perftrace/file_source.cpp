#include "backends/perftrace/file_source.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "backends/perftrace/script_translator.h"
#include "backends/perftrace/trace_translator.h"
#include "core/model/text_escape.h"
#include "core/record/content_kind.h"
#include "core/record/input_sizes.h"

namespace latimer::perftrace {
namespace {

constexpr std::size_t kSniffBytes = std::size_t{64} << 10;
constexpr std::size_t kMostListed = 100;
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

std::string name_of(const std::string& input) {
  return input == "-" ? "standard input" : escape_bytes(input);
}

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
  for (const std::string& input : target.inputs) {
    std::error_code error;
    if (std::filesystem::is_directory(input, error))
      return Error{Errc::usage,
                   fmt::format("{}: a folder of perf's output cannot be read", escape_bytes(input)),
                   "name the files"};
  }
  return std::unique_ptr<EventSource>(new FileSource(request));
}

FileSource::FileSource(const CaptureRequest& request)
    : inputs_(std::get<LogTarget>(request.target).inputs),
      timing_(request.timing),
      aggregates_(request.mode == CaptureMode::aggregate),
      options_(options_for(request)),
      translator_(std::make_unique<ScriptTranslator>(options_)),
      sums_(request.by),
      stop_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      always_(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)),
      total_(bytes_to_read(inputs_)) {}

void FileSource::stop() noexcept {
  stopping_ = true;
  const std::uint64_t one = 1;
  (void)!::write(stop_fd_.get(), &one, sizeof one);
}

int FileSource::poll_fd() const {
  const int fd = text_ ? text_->waits_for() : -1;
  return fd >= 0 ? fd : always_.get();
}

std::optional<Progress> FileSource::progress() const {
  return Progress{done_.load(std::memory_order_relaxed), total_};
}

Status FileSource::open_next() {
  const std::string& input = inputs_[next_++];
  if (is_perf_data(input)) {
    Result<PerfData> data = PerfData::open(input);
    if (!data) return std::move(data).error();
    perf_.emplace(*std::move(data));
    text_.emplace(perf_->take_text(), stop_fd_.get());
  } else {
    Result<InputStream> stream = InputStream::open(input);
    if (!stream) return std::move(stream).error();
    text_.emplace(*std::move(stream), stop_fd_.get());
  }
  identified_ = false;
  if (info_.inputs.size() < kMostListed)
    info_.inputs.push_back({input, "", 0, text_->stream().size(), perf_ ? "perf.data" : ""});
  return {};
}

void FileSource::note_input() {
  done_.store(closed_bytes_ + text_->stream().consumed(), std::memory_order_relaxed);
  if (next_ > kMostListed) return;
  LogInput& input = info_.inputs[next_ - 1];
  input.bytes = text_->stream().consumed();
  if (text_->stream().compression() != Compression::none)
    input.compression = to_string(text_->stream().compression());
}

void FileSource::close() {
  note_input();
  closed_bytes_ += text_->stream().consumed();
  text_bytes_ += text_->text_bytes();
  failure_ = text_->failure();
  const bool to_the_end = text_->at_end() && !failure_;
  if (perf_ && to_the_end) translator().lost_in_all(perf_->lost().value_or(0));
  text_.reset();
  if (perf_ && to_the_end) {
    if (Status ended = perf_->finish(); !ended) failure_ = ended.error();
  }
  perf_.reset();
}

// Whether this is such a text at all: so that another is named for what it is.
Status FileSource::identify() {
  identified_ = true;
  const std::string_view beginning = text_->in_hand();
  const ContentKind content = content_kind(beginning);
  if (content == ContentKind::cr_only) return refuse(content, beginning);  // it would be one line
  TextKind kind = perf_ ? TextKind::script : text_kind(beginning);
  if (kind == TextKind::other) {
    if (content != ContentKind::empty && !text_->failure()) return refuse(content, beginning);
    kind = kind_;
  }
  if (Status settled = settle_on(kind); !settled) return settled;
  const std::string& input = inputs_[next_ - 1];
  translator().begin_log(inputs_.size() > 1 ? input : "");
  if (!perf_ && next_ <= kMostListed) info_.inputs[next_ - 1].columns = name_of(kind);
  return {};
}

Status FileSource::settle_on(TextKind kind) {
  if (kind == kind_) return {};
  if (kind_ != TextKind::other)
    return Error{Errc::unsupported,
                 fmt::format("{}: this is what {} prints, and what was read before is {}'s",
                             name_of(inputs_[next_ - 1]), name_of(kind), name_of(kind_)),
                 "read them one by one"};
  kind_ = kind;
  if (kind == TextKind::trace) translator_ = std::make_unique<TraceTranslator>(options_, nullptr);
  return {};
}

Status FileSource::refuse(ContentKind kind, std::string_view beginning) const {
  const std::string name = name_of(inputs_[next_ - 1]);
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

void FileSource::feed() {
  block_.find_lines();
  SnapshotBuilder* sums = aggregates_ ? &sums_ : nullptr;
  for (std::size_t i = 0; i < block_.lines(); ++i) {
    Line line = block_.line(i);
    line.text = without_cr(line.text);
    translator().line(line, sums);
  }
  collect();
}

void FileSource::collect() {
  if (!aggregates_) return;
  for (const SyscallEvent& event : translator().pairing().events()) sums_.add(event);
}

Result<bool> FileSource::step(std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    if (!text_) {
      if (failure_) {
        over_ = true;
        return *std::exchange(failure_, std::nullopt);
      }
      whole_ = next_ == inputs_.size() && !stopping_;
      over_ = whole_ || stopping_;
      if (over_) {
        translator().finish();
        collect();
        return true;
      }
      if (Status opened = open_next(); !opened) {
        over_ = true;
        return std::move(opened).error();
      }
    }
    const bool enough = text_->at_end() || stopping_ || text_->in_hand().size() >= kSniffBytes;
    if (!identified_ && enough) {
      if (Status known = identify(); !known) {
        over_ = true;
        return std::move(known).error();
      }
    }
    if (identified_ && text_->cut(block_)) {
      feed();
      return true;
    }
    if (text_->at_end() || stopping_) {
      text_->take_rest(block_);
      feed();
      close();
      return true;
    }
    if (!text_->fill(deadline) && !stopping_) return false;
    note_input();
  }
}

Result<Next> FileSource::next(Batch& batch, std::chrono::steady_clock::time_point deadline) {
  batch = {};
  translator().pairing().clear();
  if (over_) return Next::end;
  const Result<bool> stepped = step(deadline);
  if (!stepped) return stepped.error();
  if (!*stepped) return Next::idle;
  const Pairing& pairing = translator().pairing();  // the step may have put another one there
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
  LogInfo info = info_;
  info.input_count = inputs_.size();
  info.whole = whole_;
  info.text_bytes = text_bytes_ + (text_ ? text_->text_bytes() : 0);
  info.runs = next_;
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
