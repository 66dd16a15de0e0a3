#include "backends/perftrace/trace_call.h"

#include <fmt/format.h>

#include "backends/perftrace/marker.h"
#include "core/model/syscall_table.h"

namespace latimer::perftrace {
namespace {

constexpr std::size_t kMostNames = 200;

// "id>=0&&id<=334||id>=424&&id<=440": perf drops calls whose number has no name.
std::string named_numbers() {
  std::string text;
  for (int first = 0, number = 0; number <= kKnownToAll + 1; ++number) {
    if (number <= kKnownToAll && !syscall_name_or_empty(kNativeAbi, number).empty()) continue;
    if (number > first)
      text += fmt::format("{}(id>={}&&id<={})", text.empty() ? "" : "||", first, number - 1);
    first = number + 1;
  }
  return text;
}

}  // namespace

std::vector<std::string> counted_beside(const SyscallFilter& filter) {
  const auto sigreturn = syscall_number(kNativeAbi, "rt_sigreturn");
  if (!sigreturn || !filter.selects_all()) return {};
  return {fmt::format("id=={}", *sigreturn), named_numbers()};
}

std::vector<std::string> names_for_perf(const SyscallFilter& filter) {
  if (filter.selects_unknown_numbers()) return {};
  std::vector<std::string> names;
  for (int number = 0; number < kSyscallNumbers; ++number) {
    const std::string_view name = syscall_name_or_empty(kNativeAbi, number);
    if (name.empty() || !filter.selects(kNativeAbi, number)) continue;
    if (number > kKnownToAll) return {};
    names.emplace_back(name);
  }
  return names.size() <= kMostNames ? names : std::vector<std::string>();
}

std::vector<std::string> trace_arguments(const TraceCall& call) {
  std::vector<std::string> argv = {"perf", "trace", "-T", "--comm", "--sort-events", "-o", "/proc/self/fd/1"};
  if (call.buffer_bytes > 0) argv.insert(argv.end(), {"-m", fmt::format("{}B", call.buffer_bytes)});
  std::vector<std::string> names = names_for_perf(call.filter);
  if (!names.empty() && call.marked && !call.filter.selects(kNativeAbi, kMarkerCall))
    names.emplace_back("getppid");
  if (!names.empty()) argv.insert(argv.end(), {"-e", fmt::format("{}", fmt::join(names, ","))});
  if (!call.command.empty()) {
    argv.emplace_back("--");
    argv.insert(argv.end(), call.command.begin(), call.command.end());
  } else if (!call.tids.empty()) {
    argv.insert(argv.end(), {"-t", fmt::format("{}", fmt::join(call.tids, ","))});
  } else {
    argv.emplace_back("-a");
    if (!call.without.empty())
      argv.insert(argv.end(), {"--filter-pids", fmt::format("{}", fmt::join(call.without, ","))});
  }
  return argv;
}

}  // namespace latimer::perftrace
