#include "backends/bpftrace/process.h"

#include <sys/mman.h>
#include <unistd.h>

#include "core/sys/fd_util.h"

namespace latimer::bpftrace {
namespace {

// Root may have more than pipe-max-size; a short stall of the reader then costs nothing.
constexpr std::size_t kPipeBytes = std::size_t{4} << 20;
constexpr std::size_t kKeptMessages = 8192;

}  // namespace

Process::~Process() {
  if (!child_.valid() || child_.try_wait()) return;
  kill();
  (void)child_.wait(std::chrono::steady_clock::time_point::max());
}

Result<Process> Process::start(const Tool& tool, ProgramOptions options, std::uint64_t ring_bytes) {
  Process process;
  Result<Pipe> program = make_pipe();
  if (!program) return std::move(program).error();
  Result<Pipe> output = make_pipe();
  if (!output) return std::move(output).error();
  (void)grow_pipe(output->write.get(), kPipeBytes);
  process.messages_ = UniqueFd(::memfd_create("bpftrace-messages", MFD_CLOEXEC));

  SpawnOptions spawn;
  spawn.path = tool.path;
  // -k: helpers that fail in the kernel, because a map is full, are told. -B: not a write for every line.
  spawn.argv = {"bpftrace", "-k", "-B", "full", "-"};
  if (options.details) spawn.argv.insert(spawn.argv.begin() + 1, {"-f", "json"});
  spawn.environment = environment(ring_bytes);
  spawn.stdin_fd = program->read.get();
  spawn.stdout_fd = output->write.get();
  spawn.stderr_fd = process.messages_.get();
  spawn.parent_death_signal = SIGKILL;
  spawn.own_process_group = true;  // Ctrl-C is for Latimer to act on
  Result<ChildProcess> child = ChildProcess::spawn(spawn);
  if (!child) return std::move(child).error();
  process.child_ = *std::move(child);
  program->read.reset();
  output->write.reset();
  process.output_ = std::move(output->read);
  options.own_pid = process.child_.pid();
  if (options.watch == Watch::host) options.pids.push_back(options.own_pid);
  // One that has ended already says why.
  (void)write_all(program->write.get(), make_program(options));
  return process;
}

std::string Process::messages() const {
  std::string text(kKeptMessages, '\0');
  const ssize_t got = ::pread(messages_.get(), text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

}  // namespace latimer::bpftrace
