#include "core/sys/proc.h"

#include <dirent.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <climits>

#include <algorithm>
#include <charconv>
#include <memory>
#include <string_view>

#include "core/sys/fd_util.h"

namespace latimer {
namespace {

std::string proc_path(std::int32_t id, std::string_view file) {
  return "/proc/" + std::to_string(id) + "/" + std::string(file);
}

template <typename Number>
Number number_of(std::string_view text, int base = 10) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  Number value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

// The numeric names in a folder, ascending.
std::vector<std::int32_t> numeric_entries(const std::string& folder) {
  std::vector<std::int32_t> result;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(folder.c_str()), ::closedir);
  if (!dir) return result;
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::int32_t id = number_of<std::int32_t>(entry->d_name);
    if (id > 0) result.push_back(id);
  }
  std::sort(result.begin(), result.end());
  return result;
}

// The value of "Name:" in /proc/PID/status.
std::string_view status_field(std::string_view text, std::string_view name) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':')
      return line.substr(name.size() + 1);
    at = end + 1;
  }
  return {};
}

std::uint64_t ticks_to_ns(std::uint64_t ticks) {
  static const auto per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return ticks * (1'000'000'000U / per_second);
}

}  // namespace

bool task_exists(std::int32_t tid) { return tid > 0 && ::access(proc_path(tid, "stat").c_str(), F_OK) == 0; }

std::vector<std::int32_t> threads_of(std::int32_t pid) {
  std::vector<std::int32_t> tids = numeric_entries(proc_path(pid, "task"));
  const auto leader = std::find(tids.begin(), tids.end(), pid);
  if (leader != tids.end()) std::rotate(tids.begin(), leader, leader + 1);
  return tids;
}

std::vector<std::int32_t> children_of(std::int32_t pid) {
  std::vector<std::int32_t> result;
  for (const std::int32_t tid : threads_of(pid)) {
    // Needs CONFIG_PROC_CHILDREN, which every distribution has.
    const Result<std::string> text = read_file(proc_path(pid, "task/" + std::to_string(tid) + "/children"));
    if (!text.ok()) continue;
    std::string_view rest = text.value();
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      if (const auto child = number_of<std::int32_t>(rest.substr(0, end)); child > 0) result.push_back(child);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return result;
}

std::vector<std::int32_t> all_processes() { return numeric_entries("/proc"); }

std::optional<std::string> comm_of(std::int32_t tid) {
  Result<std::string> text = read_file(proc_path(tid, "comm"));
  if (!text) return std::nullopt;
  if (text->ends_with('\n')) text->pop_back();
  return *std::move(text);
}

std::optional<TaskStat> stat_of(std::int32_t pid) {
  const Result<std::string> text = read_file(proc_path(pid, "stat"));
  if (!text.ok()) return std::nullopt;
  // The comm in parentheses may hold blanks and parentheses; the fields behind the last ')' are plain.
  // proc(5) counts them from 1; state is 3.
  std::string_view rest = text.value();
  const std::size_t close = rest.rfind(')');
  if (close == std::string_view::npos || close + 2 >= rest.size()) return std::nullopt;
  rest.remove_prefix(close + 2);
  std::uint64_t field[25] = {};
  TaskStat stat;
  stat.state = rest.front();
  for (int i = 3; i < 25 && !rest.empty(); ++i) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    field[i] = number_of<std::uint64_t>(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  stat.parent = static_cast<std::int32_t>(field[4]);
  stat.own = {ticks_to_ns(field[14]), ticks_to_ns(field[15])};
  stat.waited_for = {ticks_to_ns(field[16]), ticks_to_ns(field[17])};
  stat.start_ns = ticks_to_ns(field[22]);
  stat.rss_bytes = field[24] * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return stat;
}

std::optional<TaskStatus> status_of(std::int32_t tid) {
  const Result<std::string> text = read_file(proc_path(tid, "status"));
  if (!text.ok()) return std::nullopt;
  TaskStatus status;
  status.tgid = number_of<std::int32_t>(status_field(text.value(), "Tgid"));
  status.tracer = number_of<std::int32_t>(status_field(text.value(), "TracerPid"));
  const std::string_view uids = status_field(text.value(), "Uid");  // real, effective, saved, file system
  const std::size_t second = uids.find('\t', 1);
  if (second != std::string_view::npos) status.uid = number_of<std::uint32_t>(uids.substr(second));
  status.cap_effective = number_of<std::uint64_t>(status_field(text.value(), "CapEff"), 16);
  status.signals_caught = number_of<std::uint64_t>(status_field(text.value(), "SigCgt"), 16);
  status.rss_bytes = number_of<std::uint64_t>(status_field(text.value(), "VmRSS")) * 1024;
  status.peak_rss_bytes = number_of<std::uint64_t>(status_field(text.value(), "VmHWM")) * 1024;
  return status;
}

std::optional<std::int32_t> tgid_of(std::int32_t tid) {
  const std::optional<TaskStatus> status = status_of(tid);
  if (!status || status->tgid <= 0) return std::nullopt;
  return status->tgid;
}

std::optional<std::int32_t> syscall_of(std::int32_t tid) {
  const Result<std::string> text = read_file(proc_path(tid, "syscall"));
  // "running", "-1 SP PC" (blocked outside a call), or the number, its arguments, SP and PC.
  if (!text.ok() || text->empty() || text->front() < '0' || text->front() > '9') return std::nullopt;
  return number_of<std::int32_t>(text.value());
}

std::optional<std::string> link_of(const std::string& path) {
  char target[PATH_MAX];
  const ssize_t length = ::readlink(path.c_str(), target, sizeof target);
  if (length <= 0) return std::nullopt;
  return std::string(target, static_cast<std::size_t>(length));
}

std::optional<std::string> pid_namespace_of(std::int32_t tid) { return link_of(proc_path(tid, "ns/pid")); }

bool has_capability(int capability) {
  const std::optional<TaskStatus> status = status_of(static_cast<std::int32_t>(::getpid()));
  return status && (status->cap_effective >> capability & 1U) != 0;
}

std::string privileges_of_file(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return {};
  std::vector<char> buffer(1 << 14);
  if ((info.st_mode & S_ISUID) != 0) {
    passwd entry{};
    passwd* found = nullptr;
    ::getpwuid_r(info.st_uid, &entry, buffer.data(), buffer.size(), &found);
    return "is setuid " + (found != nullptr ? std::string(entry.pw_name) : std::to_string(info.st_uid));
  }
  if ((info.st_mode & S_ISGID) != 0 && (info.st_mode & S_IXGRP) != 0) {
    group entry{};
    group* found = nullptr;
    ::getgrgid_r(info.st_gid, &entry, buffer.data(), buffer.size(), &found);
    return "is setgid " + (found != nullptr ? std::string(entry.gr_name) : std::to_string(info.st_gid));
  }
  if (::getxattr(path.c_str(), "security.capability", nullptr, 0) > 0) return "has file capabilities";
  return {};
}

std::optional<std::string> read_setting(const std::string& path) {
  Result<std::string> text = read_file(path);
  if (!text) return std::nullopt;
  text->resize(std::min(text->find('\n'), text->size()));
  return *std::move(text);
}

}  // namespace latimer
