#include "cli/convert_output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "cli/diagnostics.h"
#include "core/engine/work_kind.h"
#include "core/model/errno_table.h"
#include "core/model/syscall_table.h"
#include "core/record/trace_format.h"
#include "core/sys/fd_util.h"

namespace latimer {
namespace {

// Calls come in the order of their ends: among so many is the one that began first.
constexpr std::size_t kLooked = 10'000;
constexpr std::size_t kBufferBytes = 1 << 20;

bool is_call(EventKind kind) {
  return kind == EventKind::completed || kind == EventKind::refused || kind == EventKind::no_return ||
         kind == EventKind::killed_inside || kind == EventKind::began_before;
}

}  // namespace

Result<std::unique_ptr<ConvertOutput>> ConvertOutput::open(const std::string& path,
                                                           const EventSource& source) {
  std::unique_ptr<ConvertOutput> output(new ConvertOutput(source));
  output->path_ = path;
  if (path == "-") return output;
  auto file = OutputFile::create(path);
  if (!file) return std::move(file).error();
  output->file_.emplace(std::move(file).value());
  return output;
}

void ConvertOutput::event(const SyscallEvent& event) {
  if (!is_call(event.kind)) return;
  if (trace_) return write(event);
  std::string arguments;
  append_arguments(arguments, event);
  Kept& kept = kept_.emplace_back(Kept{event, std::string(event.path), std::move(arguments)});
  kept.event.path = kept.path;
  kept.event.text_args = kept.arguments;
  kept.event.has_args = false;
  kept.event.memory = {};
  if (kept_.size() >= kLooked) begin();
}

void ConvertOutput::begin() {
  std::optional<std::int64_t> first;
  for (const Kept& kept : kept_)
    if (kept.event.start_ns && (!first || *kept.event.start_ns < *first)) first = kept.event.start_ns;
  trace_.emplace(first.value_or(0));
  buffer_ = trace_->begin();
  for (const Kept& kept : kept_) write(kept.event);
  kept_.clear();
}

void ConvertOutput::write(const SyscallEvent& event) {
  const ForeignNames& foreign = source_.foreign_names();
  const auto call = foreign.calls.find(event.number);
  const std::string name = call != foreign.calls.end() ? call->second : syscall_name(event.abi, event.number);
  std::string error;
  if (event.error != 0) {
    const auto known = foreign.errors.find(event.error);
    error = known != foreign.errors.end() ? known->second : errno_name(event.error);
  }
  const Work work = work_of(event.abi, event.number, kind_of_target(event.path));
  if (trace_->append(buffer_, event, name, to_string(work), error)) {
    ++slices_;
  } else {
    ++without_time_;
  }
  if (buffer_.size() >= kBufferBytes) flush();
}

void ConvertOutput::flush() {
  if (failure_ || buffer_.empty()) return;
  const Status written = file_ ? file_->write(buffer_) : write_all(STDOUT_FILENO, buffer_);
  if (!written) failure_ = written.error();
  buffer_.clear();
}

Status ConvertOutput::finish(const Report& report) {
  if (!trace_) begin();
  buffer_ += ChromeTrace::end();
  flush();
  if (failure_) return *failure_;
  if (file_) {
    if (Status committed = file_->commit(); !committed) return committed;
    say(fmt::format("{} calls in {}{}{}; ui.perfetto.dev and chrome://tracing open it", slices_, path_,
                    without_time_ > 0 ? fmt::format(", {} without a time left out", without_time_) : "",
                    report.complete ? "" : "; INCOMPLETE: what was read is not all that happened"));
    if (trace_->beside() > 0)
      say(fmt::format(
          "warning: {} calls overlap others of the same thread (several recordings, or a clock that was "
          "set): they are on tracks of their own",
          trace_->beside()));
    if (trace_->moved() > 0)
      say(fmt::format(
          "warning: {} calls overlap too many others: they are drawn later and shorter than they were",
          trace_->moved()));
    for (const std::string& warning : report.warnings) say("warning: " + warning);
  }
  return {};
}

}  // namespace latimer
