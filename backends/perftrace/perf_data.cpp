#include "backends/perftrace/perf_data.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <utility>

#include "core/model/text_escape.h"
#include "core/sys/fd_util.h"

namespace latimer::perftrace {
namespace {

constexpr std::string_view kMagic = "PERFILE2";

// The last line that is no mere remark about fields that other events do not have.
std::string complaint_of(int messages) {
  std::string text(8192, '\0');
  const ssize_t got = ::pread(messages, text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  std::string last;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.find_first_not_of(' ') != std::string::npos && line.find("Ignoring") == std::string::npos)
      last = line;
  }
  return escape_bytes(last);
}

}  // namespace

bool is_perf_data(const std::string& path) {
  // Opening a FIFO and closing it again would take its writer's reader away.
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char magic[kMagic.size()];
  const bool whole = file.valid() && ::pread(file.get(), magic, sizeof magic, 0) == sizeof magic;
  return whole && std::string_view(magic, sizeof magic) == kMagic;
}

Result<PerfData> PerfData::open(const std::string& path) {
  Result<std::string> perf = resolve_command("perf");
  if (!perf)
    return Error{
        Errc::not_found,
        fmt::format("{}: perf is needed to read a perf.data file, and not installed", escape_bytes(path)),
        "apt install linux-perf; or make a text of it where there is one: perf script > FILE"};
  Result<Pipe> pipe = make_pipe();
  if (!pipe) return std::move(pipe).error();
  UniqueFd messages(::memfd_create("perf-messages", MFD_CLOEXEC));
  SpawnOptions options;
  options.path = *std::move(perf);
  options.argv = {"perf",
                  "script",
                  "--ns",
                  "-F",
                  "comm,pid,tid,cpu,time,event,trace",
                  "--show-task-events",
                  "--show-lost-events",
                  "-i",
                  path};
  options.stdout_fd = pipe->write.get();
  options.stderr_fd = messages.get();
  options.parent_death_signal = SIGKILL;
  options.own_process_group = true;
  Result<ChildProcess> child = ChildProcess::spawn(options);
  if (!child) return std::move(child).error();
  pipe->write.reset();
  Result<InputStream> text = InputStream::open("/proc/self/fd/" + std::to_string(pipe->read.get()));
  if (!text) return std::move(text).error();
  return PerfData(path, *std::move(child), *std::move(text), std::move(messages));
}

PerfData::~PerfData() {
  if (!perf_.valid() || perf_.try_wait()) return;
  (void)perf_.kill(SIGKILL);
  (void)perf_.wait(std::chrono::steady_clock::time_point::max());
}

Status PerfData::finish() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  const std::optional<ExitStatus> status = perf_.wait(deadline);
  if (status && *status == ExitStatus{}) return {};
  const std::string how = !status            ? "does not end"
                          : status->signaled ? fmt::format("was killed by signal {}", status->value)
                                             : fmt::format("ended with status {}", status->value);
  return Error{Errc::unavailable,
               fmt::format("{}: perf script {}: {}", escape_bytes(path_), how, complaint_of(messages_.get())),
               "what it printed before has been read"};
}

}  // namespace latimer::perftrace
