#include "backends/perftrace/perf_data.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <utility>

#include "backends/perftrace/recorded_loss.h"
#include "backends/perftrace/tool.h"
#include "core/model/text_escape.h"
#include "core/sys/fd_util.h"

namespace latimer::perftrace {
namespace {

constexpr std::string_view kMagic = "PERFILE2";

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

Result<PerfData> PerfData::of_descriptor(int file) {
  return open("/proc/self/fd/" + std::to_string(file), "what perf recorded", file);
}

Result<PerfData> PerfData::open(const std::string& path) { return open(path, escape_bytes(path), -1); }

Result<PerfData> PerfData::open(const std::string& path, const std::string& name, int file) {
  Result<std::string> perf = resolve_command("perf");
  if (!perf)
    return Error{Errc::not_found,
                 fmt::format("{}: perf is needed to read a perf.data file, and not installed", name),
                 "apt install linux-perf; or make a text of it where there is one: perf script > FILE"};
  Result<Pipe> pipe = make_pipe();
  if (!pipe) return std::move(pipe).error();
  Messages messages;
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
  options.environment = environment();
  if (file >= 0) options.pass_fds = {file};
  options.stdout_fd = pipe->write.get();
  options.stderr_fd = messages.fd();
  options.parent_death_signal = SIGKILL;
  options.own_process_group = true;
  Result<ChildProcess> child = ChildProcess::spawn(options);
  if (!child) return std::move(child).error();
  pipe->write.reset();
  Result<InputStream> text = InputStream::open("/proc/self/fd/" + std::to_string(pipe->read.get()));
  if (!text) return std::move(text).error();
  return PerfData(path, name, *std::move(child), *std::move(text), std::move(messages));
}

PerfData::~PerfData() {
  if (!perf_.valid() || perf_.try_wait()) return;
  (void)perf_.kill(SIGKILL);
  (void)perf_.wait(std::chrono::steady_clock::time_point::max());
}

std::optional<std::uint64_t> PerfData::lost() const { return recorded_loss(path_); }

Status PerfData::finish() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  const std::optional<ExitStatus> status = perf_.wait(deadline);
  if (status && *status == ExitStatus{}) return {};
  const std::string how = !status            ? "does not end"
                          : status->signaled ? fmt::format("was killed by signal {}", status->value)
                                             : fmt::format("ended with status {}", status->value);
  const std::string complaint = messages_.complaint();
  return Error{Errc::unavailable,
               fmt::format("{}: perf script {}{}{}", name_, how, complaint.empty() ? "" : ": ", complaint),
               "what it printed before has been read"};
}

}  // namespace latimer::perftrace
