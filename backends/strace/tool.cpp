#include "backends/strace/tool.h"

#include "core/sys/child_process.h"

namespace latimer::strace {
namespace {

constexpr std::string_view kInstallHint = "apt install strace";

}  // namespace

Result<Version> parse_version(std::string_view output, std::string& text) {
  constexpr std::string_view kBefore = "strace -- version ";
  const std::string_view line = output.substr(0, output.find('\n'));
  if (!line.starts_with(kBefore)) return Error{Errc::unavailable, "strace -V did not say its version", ""};
  text = line.substr(kBefore.size());
  // Builds from the repository say "6.1.0.43.abcd" or "UNKNOWN".
  const std::optional<Version> version = version_in(text);
  if (!version) return Error{Errc::unavailable, "strace -V names no version number: " + text, ""};
  return *version;
}

Result<Tool> find_tool() {
  Tool tool;
  Result<std::string> path = resolve_command("strace");
  if (!path) return Error{Errc::not_found, "strace is not installed", std::string(kInstallHint)};
  tool.path = *std::move(path);
  Result<std::string> output = output_of(tool.path, {"strace", "-V"});
  if (!output) return std::move(output).error();
  Result<Version> version = parse_version(*output, tool.version_text);
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
  // With -s 0 lists have no elements either, descriptors among them.
  if (options.details)
    call.argv.insert(call.argv.end(), {"-e", "abbrev=!pipe,pipe2,socketpair,recvmsg,recvmmsg"});
  // strace's own standard output: nothing but strace has it, since the command is not strace's child. So its
  // end is strace's end.
  call.argv.insert(call.argv.end(), {"-o", "/proc/self/fd/1", "-e", "trace=" + options.trace});
  for (const std::int32_t pid : options.pids) call.argv.insert(call.argv.end(), {"-p", std::to_string(pid)});
  return call;
}

}  // namespace latimer::strace
