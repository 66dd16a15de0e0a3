#include "cli/report_output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>

#include "cli/input_guard.h"
#include "cli/terminal.h"
#include "core/sys/fd_util.h"
#include "core/sys/output_file.h"

namespace latimer {
namespace {

// Of intervals that wait for a slow reader: some screens. More would only be older.
constexpr std::size_t kMostWaiting = std::size_t{64} << 10;

}  // namespace

namespace {

// What is opened once: whoever reads a FIFO has seen its end when it is closed.
bool is_pipe_or_device(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

}  // namespace

Result<std::unique_ptr<ReportOutput>> ReportOutput::open(const CaptureSettings& settings,
                                                         const Exporter& exporter, bool grows,
                                                         int interrupted) {
  std::unique_ptr<ReportOutput> output(new ReportOutput(exporter));
  const bool to_file = settings.output && *settings.output != "-";
  if (to_file) {
    if (Status apart = check_apart(settings.request.target, *settings.output); !apart)
      return std::move(apart).error();
  }
  if (!to_file) {
    const bool to_stderr = settings.launches() && !settings.output;
    output->fd_ = to_stderr ? STDERR_FILENO : STDOUT_FILENO;
  } else if (grows || is_pipe_or_device(*settings.output)) {
    output->growing_path_ = *settings.output;
    output->file_.reset(open_for_writing(*settings.output, O_TRUNC, interrupted));
    if (!output->file_ && errno == EINTR)
      return Error{Errc::io, fmt::format("{}: nobody has come to read it", *settings.output), ""};
    if (!output->file_)
      return Error{Errc::io, fmt::format("cannot write {}: {}", *settings.output, errno_text(errno)), ""};
    output->fd_ = output->file_.get();
  } else {
    output->path_ = *settings.output;
    // Tried now, made at the end: a capture of hours must not end in "permission denied", and a killed one
    // must leave no debris.
    const auto trial = OutputFile::create(output->path_);
    if (!trial) return trial.error();
  }
  output->options_ = terminal_options(output->fd_, settings.color);
  output->options_.histogram = settings.histogram;
  output->options_.top = settings.top;
  if (output->fd_ >= 0) output->thread_ = std::make_unique<OutputThread>(output->fd_, kMostWaiting);
  return output;
}

Result<std::string> ReportOutput::serialize(const Report& report) {
  ExportOptions options = options_;
  // CSV has its header once; the text of each interval has its own.
  options.interval_header = !exporter_.machine_readable() || ends_.empty();
  return exporter_.serialize(report, options);
}

bool ReportOutput::try_interval(const Report& report) { return take_interval(report, false); }

void ReportOutput::push_interval(const Report& report) { take_interval(report, true); }

bool ReportOutput::take_interval(const Report& report, bool force) {
  Result<std::string> text = serialize(report);
  if (!text || thread_ == nullptr) return true;
  const std::size_t size = text->size();
  if (force) {
    thread_->push(std::move(text).value());
  } else if (!thread_->try_push(std::move(text).value())) {
    return false;
  }
  ends_.push_back((ends_.empty() ? 0 : ends_.back()) + size);
  return true;
}

bool ReportOutput::broken() const {
  return thread_ != nullptr && thread_->state() != OutputThread::State::open;
}

Status ReportOutput::finish(const Report& report) {
  Result<std::string> text = serialize(report);
  if (!text) return std::move(text).error();
  if (thread_ != nullptr) return finish_stream(std::move(text).value());
  auto file = OutputFile::create(path_);
  if (!file) return std::move(file).error();
  if (Status written = file->write(*text); !written) return written;
  return file->commit();
}

Status ReportOutput::finish_stream(std::string text) {
  thread_->push(std::move(text));
  const Status written = thread_->finish();
  if (written.ok()) return {};
  Error error = written.error();
  if (!growing_path_.empty()) {
    cut_to_whole_reports();
    error.message = fmt::format("{} ({})", error.message, growing_path_);
    error.hint = "the file holds the whole reports that were written before";
  }
  return error;
}

void ReportOutput::cut_to_whole_reports() const {
  struct stat info {};
  if (fstat(fd_, &info) != 0 || !S_ISREG(info.st_mode)) return;
  std::uint64_t whole = 0;
  for (const std::uint64_t end : ends_) {
    if (end <= static_cast<std::uint64_t>(info.st_size)) whole = end;
  }
  (void)!ftruncate(fd_, static_cast<off_t>(whole));
}

}  // namespace latimer
