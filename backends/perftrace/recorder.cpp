#include "backends/perftrace/recorder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "backends/perftrace/refusal.h"
#include "core/model/text_escape.h"
#include "core/sys/fd_util.h"

namespace latimer::perftrace {
namespace {

constexpr std::chrono::seconds kStartLimit{20};

// Recordings may be large, so not where files are kept in memory, unless the user says so.
std::string folder_for_files() {
  const char* chosen = std::getenv("TMPDIR");
  return chosen != nullptr && *chosen != '\0' ? chosen : "/var/tmp";
}

Result<UniqueFd> nameless_file() {
  const std::string folder = folder_for_files();
  UniqueFd file(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file) return file;
  return Error{Errc::io,
               fmt::format("cannot make a file for perf's recording in {}: {}", escape_bytes(folder),
                           errno_text(errno)),
               "set TMPDIR to a folder with room for it, or use --perf-mode live"};
}

}  // namespace

Recorder::~Recorder() {
  if (!perf_.valid() || perf_.try_wait()) return;
  kill();
  (void)perf_.wait(std::chrono::steady_clock::time_point::max());
}

Result<Recorder> Recorder::start(const Tool& tool, RecordCall call) {
  Recorder recorder;
  Result<UniqueFd> file = nameless_file();
  if (!file) return std::move(file).error();
  recorder.file_ = *std::move(file);
  Result<Pipe> control = make_pipe();
  if (!control) return std::move(control).error();
  Result<Pipe> answer = make_pipe();
  if (!answer) return std::move(answer).error();
  call.output_fd = recorder.file_.get();
  call.control_fd = control->read.get();
  call.answer_fd = answer->write.get();

  SpawnOptions options;
  options.path = tool.path;
  options.argv = record_arguments(call);
  options.environment = environment();
  options.pass_fds = {call.output_fd, call.control_fd, call.answer_fd};
  options.stdout_fd = options.stderr_fd = recorder.messages_.fd();
  options.parent_death_signal = SIGKILL;
  options.own_process_group = true;  // Ctrl-C is for Latimer to act on
  Result<ChildProcess> child = ChildProcess::spawn(options);
  if (!child) return std::move(child).error();
  recorder.perf_ = *std::move(child);
  control->read.reset();
  answer->write.reset();
  recorder.control_ = std::move(control->write);
  (void)write_all(recorder.control_.get(), "enable\n");
  if (Status begun = recorder.await_answer(std::move(answer->read)); !begun) return std::move(begun).error();
  return recorder;
}

// perf closes its end when it dies.
Status Recorder::await_answer(UniqueFd answer) {
  const auto deadline = std::chrono::steady_clock::now() + kStartLimit;
  char text[16];
  if (!wait_readable(answer.get(), deadline))
    return Error{Errc::unavailable, "perf record did not begin to record within 20 s", ""};
  if (::read(answer.get(), text, sizeof text) > 0) return {};
  (void)perf_.wait(deadline);
  return explain_refusal("perf record", messages_.text());
}

Status Recorder::judge() { return judge_end("perf record", perf_.try_wait(), messages_); }

}  // namespace latimer::perftrace
