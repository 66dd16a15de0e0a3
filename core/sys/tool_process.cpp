#include "core/sys/tool_process.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>

#include "core/sys/child_process.h"
#include "core/sys/fd_util.h"

namespace latimer {

std::vector<std::string> plain_environment(const std::vector<std::string_view>& without) {
  std::vector<std::string> result;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const std::string_view name = text.substr(0, text.find('='));
    const bool unwanted = std::find(without.begin(), without.end(), name) != without.end();
    if (!unwanted && !text.starts_with("LC_") && !text.starts_with("LANG")) result.emplace_back(text);
  }
  result.emplace_back("LC_ALL=C");
  return result;
}

std::optional<ToolVersion> version_in(std::string_view text) {
  ToolVersion version;
  const char* const end = text.data() + text.size();
  const auto [behind, error] = std::from_chars(text.data(), end, version.major);
  if (error != std::errc{}) return std::nullopt;
  if (behind == end || *behind != '.') return version;
  return std::from_chars(behind + 1, end, version.minor).ec == std::errc{} ? std::optional(version)
                                                                           : std::nullopt;
}

Result<std::string> output_of(const std::string& path, const std::vector<std::string>& argv) {
  Result<Pipe> pipe = make_pipe();
  if (!pipe) return std::move(pipe).error();
  SpawnOptions options;
  options.path = path;
  options.argv = argv;
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
  if (child->wait(deadline)) return output;
  (void)child->kill(SIGKILL);
  std::string line = path;
  for (std::size_t i = 1; i < argv.size(); ++i) line += " " + argv[i];
  return Error{Errc::unavailable, line + " does not come to an end", ""};
}

}  // namespace latimer
