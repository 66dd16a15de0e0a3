#include "backends/perftrace/record_call.h"

#include <fmt/format.h>

#include "core/model/call_traits.h"

namespace latimer::perftrace {
namespace {

constexpr std::size_t kMostTerms = 300;  // the kernel takes one page of text

}  // namespace

std::string tracepoint_filter(const SyscallFilter& filter) {
  if (filter.selects_unknown_numbers()) return "";
  std::string text = "id==-1";  // the return of rt_sigreturn, whose number is forgotten
  std::size_t terms = 1;
  for (int number = 0; number < kSyscallNumbers; ++number) {
    if (!filter.selects(kNativeAbi, number) && call_traits(kNativeAbi, number) == 0) continue;
    text += fmt::format("||id=={}", number);
    ++terms;
  }
  return terms <= kMostTerms ? text : "";
}

std::vector<std::string> record_arguments(const RecordCall& call) {
  std::vector<std::string> argv = {"perf", "record"};
  // Neither looks for build ids in what it has recorded, nor tells of memory maps and BPF programs: nobody
  // asks for them. Of the last a thread of perf's own would hear, which --exclude-perf does not know.
  argv.insert(argv.end(), {"-B", "-N", "--synth", "task", "--no-bpf-event"});
  argv.insert(argv.end(), {"-k", "CLOCK_MONOTONIC"});
  if (call.buffer_bytes > 0) argv.insert(argv.end(), {"-m", fmt::format("{}B", call.buffer_bytes)});
  const std::string filter = tracepoint_filter(call.filter);
  for (const char* event : {"raw_syscalls:sys_enter", "raw_syscalls:sys_exit"}) {
    argv.insert(argv.end(), {"-e", event});
    if (!filter.empty()) argv.insert(argv.end(), {"--filter", filter});
    // Is about the event before it. Else perf records its own writing of what it has recorded, without end.
    if (call.pids.empty()) argv.emplace_back("--exclude-perf");
  }
  argv.insert(argv.end(), {"-D", "-1", fmt::format("--control=fd:{},{}", call.control_fd, call.answer_fd)});
  if (call.pids.empty()) {
    argv.emplace_back("-a");
  } else {
    argv.insert(argv.end(), {"-p", fmt::format("{}", fmt::join(call.pids, ","))});
  }
  argv.insert(argv.end(), {"-o", fmt::format("/proc/self/fd/{}", call.output_fd)});
  return argv;
}

}  // namespace latimer::perftrace
