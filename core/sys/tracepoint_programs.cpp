#include "core/sys/tracepoint_programs.h"

#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <optional>

#include "core/sys/proc.h"
#include "core/sys/unique_fd.h"

namespace latimer {
namespace {

namespace fs = std::filesystem;

int call_bpf(int command, bpf_attr& attribute) {
  return static_cast<int>(::syscall(SYS_bpf, command, &attribute, sizeof attribute));
}

std::string name_of_program(std::uint32_t id) {
  bpf_attr by_id{};
  by_id.prog_id = id;
  const UniqueFd program(call_bpf(BPF_PROG_GET_FD_BY_ID, by_id));
  if (!program) return "";
  bpf_prog_info info{};
  bpf_attr query{};
  query.info.bpf_fd = static_cast<std::uint32_t>(program.get());
  query.info.info_len = sizeof info;
  query.info.info = reinterpret_cast<std::uint64_t>(&info);
  if (call_bpf(BPF_OBJ_GET_INFO_BY_FD, query) != 0) return "";
  return {info.name, ::strnlen(info.name, sizeof info.name)};
}

bool is_perf_event(const fs::path& descriptor) {
  std::error_code error;
  return fs::read_symlink(descriptor, error) == "anon_inode:[perf_event]";
}

// What a descriptor of a process has on it. `permitted` gets false where the kernel refuses to say.
std::optional<TracepointProgram> program_on(std::int32_t pid, int fd, bool& permitted) {
  char name[64] = {};
  bpf_attr query{};
  query.task_fd_query.pid = static_cast<std::uint32_t>(pid);
  query.task_fd_query.fd = static_cast<std::uint32_t>(fd);
  query.task_fd_query.buf = reinterpret_cast<std::uint64_t>(name);
  query.task_fd_query.buf_len = sizeof name;
  if (call_bpf(BPF_TASK_FD_QUERY, query) != 0) {
    permitted = permitted && errno != EPERM && errno != EACCES;
    return std::nullopt;
  }
  if (query.task_fd_query.fd_type != BPF_FD_TYPE_TRACEPOINT) return std::nullopt;
  const std::string tracepoint(name, ::strnlen(name, sizeof name));
  if (tracepoint != "sys_enter" && tracepoint != "sys_exit") return std::nullopt;
  return TracepointProgram{pid, comm_of(pid).value_or(""), tracepoint,
                           name_of_program(query.task_fd_query.prog_id)};
}

void look_into(std::int32_t pid, TracepointPrograms& programs) {
  std::error_code error;
  for (const fs::directory_entry& entry :
       fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd", error)) {
    if (!is_perf_event(entry.path())) continue;
    const std::string name = entry.path().filename();
    int fd = -1;
    std::from_chars(name.data(), name.data() + name.size(), fd);
    auto found = program_on(pid, fd, programs.all);
    if (!found) continue;
    // One event for each CPU, as a rule.
    const bool known =
        std::any_of(programs.found.begin(), programs.found.end(), [&](const TracepointProgram& other) {
          return other.pid == pid && other.tracepoint == found->tracepoint && other.program == found->program;
        });
    if (!known) programs.found.push_back(*std::move(found));
  }
  if (error == std::errc::permission_denied) programs.all = false;
}

}  // namespace

TracepointPrograms programs_on_raw_syscalls() {
  TracepointPrograms programs;
  programs.all = has_capability(kCapSysAdmin);
  for (const std::int32_t pid : all_processes()) look_into(pid, programs);
  return programs;
}

}  // namespace latimer
