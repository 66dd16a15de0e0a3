// latency, count and trace: choose a backend, capture, print or record, end as the command ended.
#include <unistd.h>

#include <fmt/format.h>
#include <csignal>

#include "cli/backend_choice.h"
#include "cli/commands.h"
#include "cli/convert_output.h"
#include "cli/diagnostics.h"
#include "cli/end_like.h"
#include "cli/input_guard.h"
#include "cli/interruption.h"
#include "cli/interval_feed.h"
#include "cli/progress_bar.h"
#include "cli/report_output.h"
#include "cli/terminal.h"
#include "cli/trace_output.h"
#include "core/engine/analysis_builder.h"
#include "core/sys/clock_anchor.h"

namespace latimer {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

// A command that Ctrl-C reached, too, is given this long to end, so that its status is in the report.
constexpr milliseconds kGrace{200};

// More rows than this nobody reads, unless told to; other formats have all of them.
constexpr std::size_t kMostTextRows = 100;
constexpr std::size_t kAnalysisRows = 10;  // beside the other tables of analyze

// Threads whose time is drawn.
constexpr std::size_t kMostTimelines = 40;
constexpr std::size_t kMostDistributions = 5;  // of histogram, unless told to

struct Outcome {
  int code = kExitOk;
  std::optional<ExitStatus> like;  // end as the command did
};

class CaptureRun {
 public:
  CaptureRun(const Registry& registry, CaptureSettings settings, Interruption& interruption)
      : registry_(registry), settings_(std::move(settings)), interruption_(interruption) {}
  ~CaptureRun() { interruption_.set_emergency({}); }

  Outcome run();

 private:
  Status prepare();
  Status open_output();
  void announce() const;
  Report make_report(const Capture& capture) const;
  Report interval_report(const Capture& capture, const IntervalInfo& info) const;
  bool deliver_interval(const Capture& capture, const IntervalInfo& info);
  Status write_end(const Report& report);
  Outcome conclude(Capture& capture);
  std::optional<ExitStatus> wait_for_command();
  [[nodiscard]] Outcome failure(const Error& error) const;

  const Registry& registry_;
  CaptureSettings settings_;
  Interruption& interruption_;
  BackendChoice choice_;
  std::unique_ptr<EventSource> source_;
  std::unique_ptr<ReportOutput> output_;  // of latency and count
  std::unique_ptr<TraceOutput> trace_;    // of trace
  FdTracker tracker_{{}};  // of analyze and report, which read what was recorded: there is nobody to ask
  std::unique_ptr<ConvertOutput> convert_;
  std::optional<AnalysisBuilder> analysis_;
  std::optional<DistributionBuilder> distribution_;
};

Outcome CaptureRun::failure(const Error& error) const {
  print_error(error);
  return {exit_code_for(error, settings_.launches()), std::nullopt};
}

Status CaptureRun::prepare() {
  auto choice = choose_backend(registry_, settings_, interruption_.fd());
  if (!choice) return std::move(choice).error();
  choice_ = std::move(choice).value();
  if (!choice_.note.empty()) say(choice_.note);
  auto source = choice_.backend->open(settings_.request);
  if (!source) return std::move(source).error();
  source_ = std::move(source).value();
  if (const auto pid = source_->command_pid()) interruption_.set_command(*pid);
  interruption_.set_emergency([source = source_.get()] { source->stop(); });
  return open_output();
}

Status CaptureRun::open_output() {
  if (settings_.trace) {
    settings_.trace->interrupted = interruption_.fd();
    Capture beginning;
    beginning.start_anchor = beginning.end_anchor = take_clock_anchor();
    auto trace = TraceOutput::open(settings_, make_report(beginning), *source_);
    if (!trace) return std::move(trace).error();
    trace_ = std::move(trace).value();
    trace_->connect(settings_.session, settings_.request.target);
    return {};
  }
  if (settings_.convert) {
    if (Status apart = check_apart(settings_.request.target, settings_.output.value()); !apart) return apart;
    auto convert = ConvertOutput::open(settings_.output.value(), *source_);
    if (!convert) return std::move(convert).error();
    convert_ = std::move(convert).value();
    settings_.session.tracker = &tracker_;
    settings_.session.sink = convert_.get();
    return {};
  }
  if (settings_.distribution) {
    settings_.session.tracker = &tracker_;
    settings_.session.sink = &distribution_.emplace(*settings_.distribution);
  }
  if (settings_.analyze) {
    settings_.session.tracker = &tracker_;
    settings_.session.sink = &analysis_.emplace();
  }
  const Exporter* exporter = registry_.exporter(settings_.format);
  if (exporter == nullptr) return Error{Errc::internal, "no exporter for " + settings_.format, ""};
  auto output =
      ReportOutput::open(settings_, *exporter, settings_.session.interval.has_value(), interruption_.fd());
  if (!output) return std::move(output).error();
  output_ = std::move(output).value();
  return {};
}

void CaptureRun::announce() const {
  const auto absent = settings_.request.filter.names_absent_from(kNativeAbi);
  if (!absent.empty()) {
    say(fmt::format("{}: no such call for {} programs; only others are watched for it",
                    fmt::join(absent, ", "), to_string(kNativeAbi)));
  }
  if (settings_.launches() || settings_.reads_log() || settings_.session.duration ||
      !is_terminal(STDERR_FILENO)) {
    return;
  }
  say(fmt::format("watching with {}; Ctrl-C ends that and {}", choice_.backend->descriptor().name,
                  trace_ ? "the trace" : "prints the report"));
}

Report CaptureRun::make_report(const Capture& capture) const {
  ReportContext context;
  context.command = settings_.command;
  context.version = LATIMER_VERSION;
  context.backend = &choice_.backend->descriptor();
  if (settings_.reads_log()) {
    context.tool = choice_.backend->descriptor().name + " log";
  } else if (choice_.backend->descriptor().name != "ebpf") {
    context.tool = choice_.version.starts_with(context.backend->name)
                       ? choice_.version
                       : context.backend->name + " " + choice_.version;
  }
  context.request = &settings_.request;
  context.target_text = settings_.target_text;
  context.sort = settings_.sort;
  context.top = settings_.top;
  if (!context.top && settings_.format == "text")
    context.top = settings_.analyze ? kAnalysisRows : kMostTextRows;
  Report report = build_report(context, capture);
  if (const auto pid = source_->command_pid()) report.target.pids = {*pid};
  if (distribution_)
    report.distributions = distribution_->finish(settings_.top.value_or(kMostDistributions),
                                                 report.log ? report.log->duration_step_ns : 1);
  if (distribution_) {
    const auto limits = distribution_->limits();
    report.warnings.insert(report.warnings.end(), limits.begin(), limits.end());
  }
  if (analysis_) {
    report.analysis = analysis_->finish(kMostTimelines);
    const auto& limits = report.analysis->limits;
    report.warnings.insert(report.warnings.end(), limits.begin(), limits.end());
  }
  return report;
}

// Runs between two readings of the source: must not wait.
bool CaptureRun::deliver_interval(const Capture& capture, const IntervalInfo& info) {
  if (output_->broken()) interruption_.end_capture();
  if (!output_->has_room()) return false;
  return output_->try_interval(interval_report(capture, info));
}

Report CaptureRun::interval_report(const Capture& capture, const IntervalInfo& info) const {
  Report report = make_report(capture);
  report.interval = info;
  report.end_reason = "running";
  return report;
}

Outcome CaptureRun::run() {
  if (const Status prepared = prepare(); !prepared) return failure(prepared.error());
  // Interrupted before anything ran: a held command goes with its source.
  if (const auto signal = interruption_.first_signal()) return {128 + *signal, std::nullopt};
  announce();
  IntervalFeed feed(
      [this](const Capture& capture, const IntervalInfo& info) { return deliver_interval(capture, info); });
  Session session(*source_, settings_.session);
  std::optional<ProgressBar> progress;
  if (settings_.reads_log() && is_terminal(STDERR_FILENO)) progress.emplace(*source_);
  Capture capture = session.run(interruption_.fd(), [&feed](const Capture& interval) { feed.add(interval); });
  progress.reset();
  feed.flush([this](const Capture& last, const IntervalInfo& info) {
    output_->push_interval(interval_report(last, info));
    return true;
  });
  return conclude(capture);
}

Status CaptureRun::write_end(const Report& report) {
  if (trace_) return trace_->finish(report);
  if (convert_) return convert_->finish(report);
  return output_->finish(report);
}

Outcome CaptureRun::conclude(Capture& capture) {
  const bool failed = capture.end == EndReason::failed;
  if (settings_.launches() && !capture.command_status && interruption_.first_signal()) {
    capture.command_status = source_->wait_command(SteadyClock::now() + kGrace);
  }
  const bool nothing = capture.snapshot.stats.empty() && !capture.command_status && !trace_;
  if (failed && capture.error && (nothing || !capture.began)) {
    source_.reset();
    return failure(*capture.error);
  }
  const Report report = make_report(capture);
  Outcome outcome;
  if (const Status written = write_end(report); !written)
    outcome = failure(Error{Errc::io, written.error().message, written.error().hint});
  if (failed) outcome = failure(capture.error.value_or(Error{Errc::internal, "the capture failed", ""}));
  std::optional<ExitStatus> status = capture.command_status;
  if (settings_.launches() && !status) status = wait_for_command();
  if (outcome.code != kExitOk) return outcome;
  const bool command_failed = status && *status != ExitStatus{};
  if (command_failed) {
    outcome.like = status;
  } else if (settings_.fail_on_loss && !report.complete) {
    outcome.code = kExitLoss;
  }
  return outcome;
}

std::optional<ExitStatus> CaptureRun::wait_for_command() {
  if (auto status = source_->wait_command(SteadyClock::now() + kGrace)) return status;
  say(fmt::format(
      "the command still runs and is no longer watched; waiting for it (Ctrl-C{} leaves it running)",
      interruption_.first_signal() ? "" : " twice"));
  for (;;) {
    if (auto status = source_->wait_command(SteadyClock::now() + std::chrono::hours(1))) return status;
  }
}

Error with_capture_hint(Error error, const CommandSpec& command) {
  if (error.hint.empty()) error.hint = fmt::format("latimer {} -h explains the options", command.name);
  return error;
}

Outcome run_capture(const Registry& registry, const CommandSpec& command, const ParsedOptions& options,
                    const CommandLine& argv) {
  const bool with_command = argv.has_value();
  auto settings = make_settings(command, options, argv);
  if (!settings) {
    print_error(with_capture_hint(settings.error(), command));
    // 126 and 127 are about the command itself, which has not been looked at yet.
    return {with_command ? kExitOwnFailure : exit_code_for(settings.error(), false), std::nullopt};
  }
  auto interruption = Interruption::create();
  if (!interruption) {
    print_error(interruption.error());
    return {exit_code_for(interruption.error(), with_command), std::nullopt};
  }
  return CaptureRun(registry, std::move(settings).value(), **interruption).run();
}

}  // namespace

int run_capture_command(const Registry& registry, const CommandSpec& command, const ParsedOptions& options,
                        const CommandLine& argv) {
  const Outcome outcome = run_capture(registry, command, options, argv);
  if (outcome.like) end_like(*outcome.like);
  return outcome.code;
}

}  // namespace latimer
