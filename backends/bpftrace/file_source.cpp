#include "backends/bpftrace/file_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "backends/bpftrace/json_line.h"
#include "core/model/text_escape.h"
#include "core/record/content_kind.h"
#include "core/record/input_sizes.h"

namespace latimer::bpftrace {
namespace {

constexpr std::size_t kSniffBytes = std::size_t{4} << 10;
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
  const std::string name = shown_input(input);
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

bool announces_output(std::string_view beginning) {
  const std::string_view line = beginning.substr(0, beginning.find('\n'));
  return (line.starts_with("Attaching ") && line.ends_with(" probes...")) ||
         line.starts_with(R"({"type": "attached_probes")");
}

Result<std::unique_ptr<EventSource>> FileSource::open(const CaptureRequest& request) {
  const auto& target = std::get<LogTarget>(request.target);
  if (!target.flags.empty())
    return Error{Errc::usage, "--input-flags is about logs of strace: bpftrace's output needs none",
                 "leave it out"};
  if (Status named = refuse_folders(target.inputs, "bpftrace's output"); !named)
    return std::move(named).error();
  return std::unique_ptr<EventSource>(new FileSource(request));
}

FileSource::FileSource(const CaptureRequest& request)
    : timing_(request.timing),
      aggregates_(request.mode == CaptureMode::aggregate),
      translator_(options_for(request)),
      sums_(request.by),
      inputs_(*this, std::get<LogTarget>(request.target).inputs, kSniffBytes,
              size_of_all(std::get<LogTarget>(request.target).inputs)) {}

std::optional<Progress> FileSource::progress() const { return Progress{inputs_.done(), inputs_.total()}; }

// Whether this is such an output at all: so that another is named for what it is.
Result<std::string> FileSource::begin_input(const std::string& input, std::string_view beginning,
                                            bool readable) {
  if (!is_output(beginning) && readable) return refusal(input, beginning);
  translator_.begin_log(inputs_.count() > 1 ? input : "");
  return std::string();
}

void FileSource::take_lines(TextBlock& block) {
  block.find_lines();
  SnapshotBuilder* sums = aggregates_ ? &sums_ : nullptr;
  for (std::size_t i = 0; i < block.lines(); ++i) translator_.line(block.line(i), sums);
}

Status FileSource::end_input(const std::string& input, bool whole) {
  translator_.finish();
  if (translator_.whole() || !whole || inputs_.stopping()) return {};
  return Error{Errc::unsupported, fmt::format("{}: it ends before bpftrace did", shown_input(input)),
               "what follows is what it tells until then; end the command that bpftrace runs, not bpftrace"};
}

Result<Next> FileSource::next(Batch& batch, std::chrono::steady_clock::time_point deadline) {
  batch = {};
  translator_.clear();
  if (over_) return Next::end;
  const Result<TextInputs::Step> step = inputs_.step(deadline);
  over_ = !step || *step == TextInputs::Step::over;
  if (!step) return step.error();
  if (*step == TextInputs::Step::idle) return Next::idle;
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
  LogInfo info = inputs_.info();
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
