#include "backends/strace/tool.h"

#include <unistd.h>

#include "backends/strace/scan.h"
#include "core/sys/child_process.h"
#include "core/sys/fd_util.h"

namespace latimer::strace {
namespace {

constexpr std::string_view kInstallHint = "apt install strace";

// Latimer's own environment, but with messages in English: they are read.
std::vector<std::string> plain_environment() {
  std::vector<std::string> result;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    if (!text.starts_with("LC_") && !text.starts_with("LANG")) result.emplace_back(text);
  }
  result.emplace_back("LC_ALL=C");
  return result;
}

}  // namespace

Result<Version> parse_version(std::string_view output, std::string& text) {
  constexpr std::string_view kBefore = "strace -- version ";
  const std::string_view line = output.substr(0, output.find('\n'));
  if (!line.starts_with(kBefore)) return Error{Errc::unavailable, "strace -V did not say its version", ""};
  text = line.substr(kBefore.size());
  Cursor cursor{line, kBefore.size()};
  const auto major = scan_unsigned(cursor, 9999);
  const bool dot = cursor.skip(".");
  const auto minor = dot ? scan_unsigned(cursor, 9999) : std::optional<std::uint64_t>(0);
  // Builds from the repository say "6.1.0.43.abcd" or "UNKNOWN".
  if (!major || !minor) return Error{Errc::unavailable, "strace -V names no version number: " + text, ""};
  return Version{static_cast<int>(*major), static_cast<int>(*minor)};
}

Result<Tool> find_tool() {
  Tool tool;
  Result<std::string> path = resolve_command("strace");
  if (!path) return Error{Errc::not_found, "strace is not installed", std::string(kInstallHint)};
  tool.path = *std::move(path);
  Result<Pipe> pipe = make_pipe();
  if (!pipe) return std::move(pipe).error();
  SpawnOptions options;
  options.path = tool.path;
  options.argv = {"strace", "-V"};
  options.environment = plain_environment();
  options.stdout_fd = pipe->write.get();
  options.stderr_fd = pipe->write.get();
  Result<ChildProcess> child = ChildProcess::spawn(options);
  if (!child) return std::move(child).error();
  pipe->write.reset();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  std::string output;
  char block[1024];
  while (wait_readable(pipe->read.get(), deadline)) {
    const ssize_t got = ::read(pipe->read.get(), block, sizeof block);
    if (got <= 0) break;
    output.append(block, static_cast<std::size_t>(got));
  }
  if (!child->wait(deadline)) {
    (void)child->kill(9);
    return Error{Errc::unavailable, tool.path + " -V does not come to an end", ""};
  }
  Result<Version> version = parse_version(output, tool.version_text);
  if (!version) return std::move(version).error();
  tool.version = *version;
  if (tool.version < kOldest) {
    return Error{Errc::unsupported, "strace " + tool.version_text + " is too old: 5.0 or newer is needed",
                 std::string(kInstallHint)};
  }
  return tool;
}

Invocation make_invocation(const Tool& tool, const CallOptions& options) {
  Invocation call;
  call.environment = plain_environment();
  // -s 0: no contents of buffers (they may be secret, and fetching them takes time). -a 1: no padding.
  call.argv = {"strace", "-f", "-s", "0", "-a", "1"};
  if (tool.version >= kLongOptions) {
    call.argv.insert(call.argv.end(),
                     {"--absolute-timestamps=format:unix,precision:ns", "--syscall-times=ns"});
  } else {
    call.argv.insert(call.argv.end(), {"-ttt", "-T"});
  }
  call.layout.number = tool.version >= kSyscallNumbers;
  if (call.layout.number) call.argv.emplace_back("-n");
  if (options.comm && tool.version >= kCommColumn) call.argv.emplace_back("-Y");
  // strace's own standard output: nothing but strace has it, since the command is not strace's child. So its
  // end is strace's end.
  call.argv.insert(call.argv.end(), {"-o", "/proc/self/fd/1", "-e", "trace=" + options.trace});
  for (const std::int32_t pid : options.pids) call.argv.insert(call.argv.end(), {"-p", std::to_string(pid)});
  return call;
}

}  // namespace latimer::strace
