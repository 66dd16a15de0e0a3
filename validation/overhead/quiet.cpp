#include "validation/overhead/quiet.h"

#include <fmt/format.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <thread>

#include "core/model/text_escape.h"
#include "core/sys/fd_util.h"
#include "core/sys/proc.h"
#include "core/sys/unique_fd.h"

namespace latimer::overhead {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

int call_bpf(int command, bpf_attr& attribute) {
  return static_cast<int>(::syscall(SYS_bpf, command, &attribute, sizeof attribute));
}

// Types that run when somebody calls into the kernel. Those of cgroups and sockets are not tracers.
bool traces(std::uint32_t type) {
  switch (type) {
    case BPF_PROG_TYPE_KPROBE:
    case BPF_PROG_TYPE_TRACEPOINT:
    case BPF_PROG_TYPE_PERF_EVENT:
    case BPF_PROG_TYPE_RAW_TRACEPOINT:
    case BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE:
    case BPF_PROG_TYPE_TRACING:
      return true;
    default:
      return false;
  }
}

// Empty for a program that traces nothing, or that has gone.
std::string tracing_program(std::uint32_t id) {
  bpf_attr by_id{};
  by_id.prog_id = id;
  const UniqueFd program(call_bpf(BPF_PROG_GET_FD_BY_ID, by_id));
  if (!program) return "";
  bpf_prog_info info{};
  bpf_attr query{};
  query.info.bpf_fd = static_cast<std::uint32_t>(program.get());
  query.info.info_len = sizeof info;
  query.info.info = reinterpret_cast<std::uint64_t>(&info);
  if (call_bpf(BPF_OBJ_GET_INFO_BY_FD, query) != 0 || !traces(info.type)) return "";
  return fmt::format("BPF program {} ({})", id,
                     escape_bytes({info.name, ::strnlen(info.name, sizeof info.name)}));
}

void add_programs(std::vector<std::string>& found) {
  bpf_attr next{};
  while (call_bpf(BPF_PROG_GET_NEXT_ID, next) == 0) {
    const std::uint32_t id = next.next_id;
    if (std::string program = tracing_program(id); !program.empty()) found.push_back(std::move(program));
    next = {};
    next.start_id = id;
  }
}

// What a descriptor says of tracing; empty: nothing.
std::string tracing_descriptor(std::int32_t pid, const fs::path& descriptor) {
  std::error_code gone;
  const fs::path target = fs::read_symlink(descriptor, gone);
  if (target == "anon_inode:[perf_event]") return "performance events";
  if (target == "anon_inode:bpf_link") return "BPF programs attached";
  if (target != "anon_inode:bpf-prog") return "";
  const auto info = read_file(fmt::format("/proc/{}/fdinfo/{}", pid, descriptor.filename().string()));
  constexpr std::string_view kType = "prog_type:";
  const std::size_t at = info ? info->find(kType) : std::string::npos;
  if (at == std::string::npos) return "";
  const auto type = static_cast<std::uint32_t>(std::strtoul(info->c_str() + at + kType.size(), nullptr, 10));
  return traces(type) ? "BPF programs loaded" : "";
}

// Who holds what of BPF or performance events: those of perf, bpftrace and the like.
void add_holders(std::vector<std::string>& found) {
  for (const std::int32_t pid : all_processes()) {
    if (pid == ::getpid()) continue;
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(fmt::format("/proc/{}/fd", pid), error)) {
      const std::string what = tracing_descriptor(pid, entry.path());
      if (what.empty()) continue;
      found.push_back(
          fmt::format("{} (process {}): {}", escape_bytes(comm_of(pid).value_or("?")), pid, what));
      break;
    }
  }
}

}  // namespace

std::vector<std::string> tracers_here() {
  std::vector<std::string> found;
  add_holders(found);  // first: who it is says more than which program
  add_programs(found);
  return found;
}

std::vector<std::string> wait_until_quiet(std::chrono::milliseconds patience) {
  const auto end = SteadyClock::now() + patience;
  std::vector<std::string> found;
  while (!(found = tracers_here()).empty() && SteadyClock::now() < end) std::this_thread::sleep_for(5ms);
  return found;
}

std::optional<std::uint64_t> busy_ns() {
  const Result<std::string> text = read_file("/proc/stat");
  if (!text) return std::nullopt;
  // cpu user nice system idle iowait irq softirq steal ...
  std::istringstream line(text->substr(0, text->find('\n')));
  std::string name;
  std::uint64_t times[8] = {};
  line >> name;
  for (std::uint64_t& time : times) line >> time;
  if (!line || name != "cpu") return std::nullopt;
  const std::uint64_t ticks = times[0] + times[1] + times[2] + times[5] + times[6] + times[7];
  return ticks * (1'000'000'000U / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK)));
}

bool wait_until_idle(std::chrono::milliseconds patience) {
  constexpr auto kLook = 100ms;
  constexpr std::uint64_t kMostBusy = 20'000'000;  // ns of CPU in that time, all CPUs together
  const auto end = SteadyClock::now() + patience;
  while (true) {
    const auto before = busy_ns();
    std::this_thread::sleep_for(kLook);
    const auto after = busy_ns();
    if (!before || !after || *after - *before <= kMostBusy) return true;
    if (SteadyClock::now() >= end) return false;
  }
}

}  // namespace latimer::overhead
