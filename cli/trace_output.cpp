#include "cli/trace_output.h"

#include <fmt/format.h>

#include <utility>

#include "cli/diagnostics.h"

namespace latimer {
namespace {

std::string bytes_text(std::uint64_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (bytes >= 1'000'000'000) return fmt::format("{:.2f} GB", value / 1e9);
  if (bytes >= 1'000'000) return fmt::format("{:.1f} MB", value / 1e6);
  return fmt::format("{:.1f} kB", value / 1e3);
}

double seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

TraceOutput::TraceOutput(const CaptureSettings& settings)
    : tracker_({settings.reads_log() ? nullptr : &descriptors_, true}) {}

Result<std::unique_ptr<TraceOutput>> TraceOutput::open(const CaptureSettings& settings,
                                                       const Report& beginning, const EventSource& source) {
  std::unique_ptr<TraceOutput> output(new TraceOutput(settings));
  auto recorder = TraceRecorder::create(settings.trace.value(), beginning, source);
  if (!recorder) return std::move(recorder).error();
  output->recorder_ = std::move(recorder).value();
  return output;
}

void TraceOutput::connect(SessionOptions& session, const Target& target) {
  session.tracker = &tracker_;
  session.sink = this;
  if (const auto* pids = std::get_if<PidTarget>(&target)) session.seeds = pids->pids;
}

void TraceOutput::pause() {
  recorder_->pause();
  show_progress();
}

void TraceOutput::show_progress() {
  constexpr std::chrono::milliseconds kEvery{500};
  const auto now = std::chrono::steady_clock::now();
  if (now - shown_ < kEvery) return;
  const double rate = static_cast<double>(recorder_->rows() - shown_rows_) / seconds(now - shown_);
  status_.show(fmt::format("recording: {:L} calls, {:.0f} a second, {} in {}", recorder_->rows(), rate,
                           bytes_text(recorder_->file().bytes()), recorder_->file().paths().back()));
  shown_ = now;
  shown_rows_ = recorder_->rows();
}

void TraceOutput::summarize(const Report& report) const {
  const TraceFile& file = recorder_->file();
  std::string where = file.paths().back();
  if (where == "-") where = "standard output";
  std::string text = fmt::format("{} call{}", recorder_->rows(), recorder_->rows() == 1 ? "" : "s");
  if (file.paths().size() > 1 || file.paths().front() != file.first_path()) {
    text += fmt::format(" recorded, of which the latest are in {}", fmt::join(file.paths(), ", "));
  } else {
    text += fmt::format(" in {} ({})", where, bytes_text(file.bytes()));
  }
  if (report.duration_ns) text += fmt::format(", {:.3f} s", static_cast<double>(*report.duration_ns) / 1e9);
  if (recorder_->full()) text += "; stopped at --max-size";
  if (report.complete) {
    text += "; complete";
  } else {
    const std::uint64_t lost = report.ledger.total_lost();
    text += lost > 0 ? fmt::format("; INCOMPLETE: {} lost", lost) : "; INCOMPLETE: the books do not balance";
  }
  say(text);
  for (const std::string& warning : report.warnings) say("warning: " + warning);
}

Status TraceOutput::finish(const Report& report) {
  status_.clear();
  Status finished = recorder_->finish(report, tracker_.cut_paths());
  if (finished) summarize(report);
  return finished;
}

}  // namespace latimer
