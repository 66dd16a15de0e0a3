#include "backends/ebpf/load_error.h"

#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <string_view>

#include "core/sys/fd_util.h"

namespace latimer::ebpf {
namespace {

constexpr std::size_t kLogLimit = 1 << 16;

std::string& collected() {
  static std::string text;
  return text;
}

int collect(libbpf_print_level level, const char* format, va_list arguments) {
  if (level == LIBBPF_DEBUG || collected().size() > kLogLimit) return 0;
  char line[1024];
  vsnprintf(line, sizeof(line), format, arguments);
  collected() += line;
  return 0;
}

// What libbpf ends with when anything has failed, and the verifier's statistics: the reason stands before
// them.
bool says_nothing(std::string_view line) {
  for (const std::string_view known : {"failed to load object", "failed to load BPF skeleton",
                                       "failed to load program", "PROG LOAD LOG", "processed "}) {
    if (line.find(known) != std::string_view::npos) return true;
  }
  return line.find_first_not_of(" \n") == std::string_view::npos;
}

// The last line that says something.
std::string_view reason_in(std::string_view log) {
  while (!log.empty()) {
    const std::size_t end = log.find_last_not_of('\n');
    if (end == std::string_view::npos) return {};
    const std::size_t before = log.rfind('\n', end);
    const std::size_t start = before == std::string_view::npos ? 0 : before + 1;
    const std::string_view line = log.substr(start, end + 1 - start);
    if (!says_nothing(line)) return line;
    log = log.substr(0, start);
  }
  return {};
}

}  // namespace

LibbpfLog::LibbpfLog() {
  collected().clear();
  libbpf_set_print(collect);
}

LibbpfLog::~LibbpfLog() { libbpf_set_print(nullptr); }

const std::string& LibbpfLog::text() const { return collected(); }

Error load_error(int error_number, const std::string& log) {
  const std::string_view detail = reason_in(log);
  const std::string suffix = detail.empty() ? "" : fmt::format(" ({})", detail);
  if (error_number == EPERM || error_number == EACCES) {
    return {Errc::permission,
            fmt::format("the kernel does not permit BPF programs: {}{}", errno_text(error_number), suffix),
            "run as root, or give the program the two capabilities it needs:\n"
            "  sudo setcap cap_bpf,cap_perfmon+ep /path/to/latimer"};
  }
  if (error_number == ENOMEM) {
    return {Errc::unavailable, fmt::format("the kernel has no memory for the tables{}", suffix),
            "give a smaller --map-memory or --ring-size"};
  }
  return {Errc::unsupported,
          fmt::format("the BPF programs could not be loaded: {}{}", errno_text(error_number), suffix),
          "`latimer doctor` says what this kernel lacks; -b strace works without BPF"};
}

}  // namespace latimer::ebpf
