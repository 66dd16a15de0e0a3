#include "backends/bpftrace/file_source.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "backends/bpftrace/json_line.h"
#include "core/model/text_escape.h"
#include "core/record/content_kind.h"
#include "core/record/input_sizes.h"

namespace latimer::bpftrace {
namespace {

constexpr std::size_t kSniffBytes = std::size_t{4} << 10;
constexpr std::size_t kMostListed = 100;
constexpr std::size_t kShown = 60;  // bytes of a first line
constexpr const char* kAdvice =
    "docs/bpftrace.md has the program that makes such an output: bpftrace -k -o FILE record.bt -c CMD";

TranslatorOptions options_for(const CaptureRequest& request) {
  TranslatorOptions options;
  options.filter = request.filter;
  options.by = request.by;
  options.timing = request.timing;
  return options;
}

std::string name_of(const std::string& input) {
  return input == "-" ? "standard input" : escape_bytes(input);
}

bool is_header(std::string_view line) {
  bool found = false;
  const auto look = [&found](const Parsed& parsed) {
    const auto* mark = std::get_if<Mark>(&parsed);
    found = found || (mark != nullptr && mark->kind == MarkKind::header);
  };
  is_json_line(line) ? parse_json_line(line, look) : look(parse_line(line));
  return found;
}

Error refusal(const std::string& input, std::string_view beginning) {
  const ContentKind kind = content_kind(beginning);
  const std::string name = name_of(input);
  if (kind != ContentKind::text && kind != ContentKind::bpftrace)
    return Error{Errc::unsupported,
                 fmt::format("{}: this is not what bpftrace prints: it is {}", name, describe(kind)),
                 std::string(advice_on(kind))};
  const std::string_view first = beginning.substr(0, std::min(beginning.find('\n'), kShown));
  return Error{Errc::unsupported,
               fmt::format("{}: this is not what Latimer's bpftrace program prints; it begins with '{}'",
                           name, escape_bytes(first)),
               kAdvice};
}

}  // namespace

// The program's first word, behind what bpftrace or its command may have said.
bool is_output(std::string_view beginning) {
  while (!beginning.empty()) {
    const std::size_t end = std::min(beginning.find('\n'), beginning.size());
    if (is_header(beginning.substr(0, end))) return true;
    beginning.remove_prefix(std::min(end + 1, beginning.size()));
  }
  return false;
}

Result<std::unique_ptr<EventSource>> FileSource::open(const CaptureRequest& request) {
  const auto& target = std::get<LogTarget>(request.target);
  if (!target.flags.empty())
    return Error{Errc::usage, "--input-flags is about logs of strace: bpftrace's output needs none",
                 "leave it out"};
  for (const std::string& input : target.inputs) {
    std::error_code error;
    if (std::filesystem::is_directory(input, error))
      return Error{Errc::usage,
                   fmt::format("{}: a folder of bpftrace's output cannot be read", escape_bytes(input)),
                   "name the files"};
  }
  return std::unique_ptr<EventSource>(new FileSource(request));
}

FileSource::FileSource(const CaptureRequest& request)
    : inputs_(std::get<LogTarget>(request.target).inputs),
      timing_(request.timing),
      aggregates_(request.mode == CaptureMode::aggregate),
      translator_(options_for(request)),
      sums_(request.by),
      stop_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      always_(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)),
      total_(size_of_all(inputs_)) {}

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
  Result<InputStream> stream = InputStream::open(input);
  if (!stream) return std::move(stream).error();
  text_.emplace(*std::move(stream), stop_fd_.get());
  identified_ = false;
  if (info_.inputs.size() < kMostListed) info_.inputs.push_back({input, "", 0, text_->stream().size(), ""});
  translator_.begin_log(inputs_.size() > 1 ? input : "");
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
  if (!failure_) failure_ = text_->failure();
  translator_.finish();
  if (!translator_.whole() && !failure_ && !stopping_)
    failure_ =
        Error{Errc::unsupported, fmt::format("{}: it ends before bpftrace did", name_of(inputs_[next_ - 1])),
              "what follows is what it tells until then; end the command that bpftrace runs, not bpftrace"};
  text_.reset();
}

// Whether this is such an output at all: so that another is named for what it is.
Status FileSource::identify() {
  identified_ = true;
  const std::string_view beginning = text_->in_hand();
  if (is_output(beginning) || text_->failure()) return {};
  return refusal(inputs_[next_ - 1], beginning);
}

void FileSource::feed() {
  block_.find_lines();
  SnapshotBuilder* sums = aggregates_ ? &sums_ : nullptr;
  for (std::size_t i = 0; i < block_.lines(); ++i) translator_.line(block_.line(i), sums);
}

Result<bool> FileSource::advance() {
  whole_ = next_ == inputs_.size() && !stopping_ && !failure_;
  over_ = next_ == inputs_.size() || stopping_;
  if (over_) {
    if (failure_) return *std::exchange(failure_, std::nullopt);
    return true;
  }
  if (Status opened = open_next(); !opened) {
    over_ = true;
    return std::move(opened).error();
  }
  return true;
}

Result<bool> FileSource::step(std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    if (!text_) {
      const Result<bool> advanced = advance();
      if (!advanced || over_) return advanced;
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
  translator_.clear();
  if (over_) return Next::end;
  const Result<bool> stepped = step(deadline);
  if (!stepped) return stepped.error();
  if (!*stepped) return Next::idle;
  if (!aggregates_) {
    batch.events = translator_.events();
  } else {
    for (const SyscallEvent& event : translator_.events()) sums_.add(event);
  }
  batch.losses = translator_.losses();
  return over_ && batch.events.empty() && batch.losses.empty() ? Next::end : Next::ready;
}

Result<Snapshot> FileSource::snapshot() {
  Snapshot snapshot;
  if (aggregates_) snapshot = sums_.snapshot();
  snapshot.in_flight = translator_.in_flight();
  return snapshot;
}

LogInfo FileSource::info() const {
  LogInfo info = info_;
  info.input_count = inputs_.size();
  info.whole = whole_;
  info.text_bytes = text_bytes_ + (text_ ? text_->text_bytes() : 0);
  info.runs = next_;
  info.durations = timing_ && translator_.lines().records > 0;
  info.span_ns = translator_.span_ns();
  return info;
}

SourceStats FileSource::stats() {
  SourceStats stats;
  stats.ledger = translator_.ledger();
  if (aggregates_) stats.ledger.completed = sums_.completed();
  stats.ledger.lines = translator_.lines();
  stats.log = info();
  stats.cost.unknown_reason = "an output does not tell what making it cost";
  stats.warnings = translator_.warnings();
  const LineLedger& lines = translator_.lines();
  if (lines.records == 0 && lines.rejected.empty())
    stats.warnings.emplace_back(lines.ignored.contains("not selected")
                                    ? "none of the recorded calls was asked for"
                                    : "there are no calls in what bpftrace printed");
  return stats;
}

}  // namespace latimer::bpftrace
