// Other people's tracers, called as their manuals say.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "backends/strace/tool.h"
#include "core/sys/child_process.h"
#include "core/sys/tool_process.h"
#include "validation/overhead/competitor.h"

namespace latimer::overhead {
namespace {

Competitor around(std::string_view name, std::string_view what, std::vector<std::string> tool, Size largest) {
  Competitor peer;
  peer.name = name;
  peer.what = what;
  peer.kind = Kind::peer;
  peer.place = Place::around;
  peer.tool = std::move(tool);
  peer.largest = largest;
  return peer;
}

Competitor beside(std::string_view name, std::string_view what, std::vector<std::string> tool) {
  Competitor peer = around(name, what, std::move(tool), Size::full);
  peer.place = Place::beside;
  peer.attached = Attached::has_tracepoints;
  peer.needs_tracefs = true;
  return peer;
}

// As its one-liners tutorial has it for vfs_read, for all calls by their number.
constexpr std::string_view kHistProgram =
    "tracepoint:raw_syscalls:sys_enter { @start[tid] = nsecs; } "
    "tracepoint:raw_syscalls:sys_exit /@start[tid]/ { @ns[args->id] = hist(nsecs - @start[tid]); "
    "delete(@start[tid]); } END { clear(@start); }";

// A binary of another package version calls itself as bcc's Python tools do.
Result<std::string> find_program(const std::string& name) {
  Result<std::string> path = resolve_command(name);
  if (path) return path;
  for (const char* folder : {"/usr/sbin/", "/sbin/", "/usr/local/sbin/"}) {
    if (::access((folder + name).c_str(), X_OK) == 0) return folder + name;
  }
  if (name == "syscount" && !path) return find_program("syscount-libbpf");
  return path;
}

// "strace -- version 6.1" and the like: the first line's first word that begins with a digit, or v and one.
std::string version_of(const std::string& name, const std::string& path) {
  const auto output = output_of(path, {name, "--version"});
  if (!output) return name;
  const std::string line = output->substr(0, output->find('\n'));
  for (std::size_t at = line.find_first_of("0123456789"); at != std::string::npos;) {
    const std::size_t end = std::min(line.find(' ', at), line.size());
    return name + " " + line.substr(at, end - at);
  }
  return name;
}

bool has_tracefs() {
  return ::access("/sys/kernel/tracing/events", F_OK) == 0 ||
         ::access("/sys/kernel/debug/tracing/events", F_OK) == 0;
}

void put_tracefs_before(std::vector<std::string>& tool) {
  const std::vector<std::string> before = {"/usr/bin/unshare",
                                           "-m",
                                           "sh",
                                           "-c",
                                           "mount -t tracefs tracefs /sys/kernel/tracing && exec \"$@\"",
                                           "sh"};
  tool.insert(tool.begin(), before.begin(), before.end());
}

}  // namespace

Competitor strace_to_file() {
  Competitor peer =
      around(kStraceToFile, "the strace that the strace backend runs, its output in a file", {}, Size::brief);
  peer.package = "strace";
  // The backend's own arguments, but with a file, and with the command after them.
  strace::CallOptions options;
  options.trace = "all";
  const auto tool = strace::find_tool();
  peer.tool = tool ? strace::make_invocation(*tool, options).argv : std::vector<std::string>{"strace"};
  for (std::size_t i = 0; i + 1 < peer.tool.size(); ++i) {
    if (peer.tool[i] == "-o") peer.tool[i + 1] = "{folder}/trace";
  }
  return peer;
}

std::vector<Competitor> all_peers() {
  std::vector<Competitor> peers = {
      around("strace -c", "strace -f -c: sums, no lines", {"strace", "-f", "-c", "-o", "{folder}/trace"},
             Size::brief),
      // It spares the calls that are not asked for, so it is asked for those that the workload is about.
      around("strace --seccomp-bpf",
             "strace -f --seccomp-bpf: of the calls that the workload is about, no others",
             {"strace", "-f", "--seccomp-bpf", "-e", "trace={calls}", "-o", "{folder}/trace"}, Size::brief),
      around("perf trace -s", "perf trace --summary", {"perf", "trace", "-s", "-o", "{folder}/trace", "--"},
             Size::brief),
      around("perf record", "perf record of both ends of every call",
             {"perf", "record", "-q", "-e", "raw_syscalls:sys_enter", "-e", "raw_syscalls:sys_exit", "-o",
              "{folder}/perf.data", "--"},
             Size::middle),
      beside(kBpftraceHist, "bpftrace, hist() of each call", {"bpftrace", "-e", std::string(kHistProgram)}),
      beside(kSyscount, "libbpf-tools syscount -L: a sum for each call", {"syscount", "-L"}),
  };
  for (Competitor& peer : peers) {
    const std::string& program = peer.tool.front();
    peer.package = program == "perf" ? "linux-perf" : program == "syscount" ? "libbpf-tools" : program;
    if (program == "perf") peer.needs_tracefs = true;
  }
  return peers;
}

Status find_tool_of(Competitor& peer) {
  const std::string name = peer.tool.front();
  Result<std::string> path = find_program(name);
  if (!path)
    return Error{Errc::not_found, fmt::format("{} is not installed", name),
                 fmt::format("apt-get install {}", peer.package)};
  const bool privileged = peer.place == Place::beside || name == "perf";
  if (privileged && ::geteuid() != 0)
    return Error{Errc::permission, fmt::format("{} needs root", name), "run it with sudo"};
  peer.version = version_of(name, *path);
  peer.tool.front() = *std::move(path);
  if (peer.needs_tracefs && !has_tracefs()) put_tracefs_before(peer.tool);
  return {};
}

}  // namespace latimer::overhead
