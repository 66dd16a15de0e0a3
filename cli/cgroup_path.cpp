#include "cli/cgroup_path.h"

#include <linux/magic.h>
#include <sys/statfs.h>

#include <fmt/format.h>
#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "core/sys/fd_util.h"

namespace latimer {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kShortestId = 4;  // shorter pieces fit by accident

bool is_cgroup2(const std::string& path) {
  struct statfs info {};
  return statfs(path.c_str(), &info) == 0 && static_cast<unsigned long>(info.f_type) == CGROUP2_SUPER_MAGIC;
}

Result<std::string> mount_point() {
  auto mounts = read_file("/proc/self/mountinfo");
  const std::string found = mounts ? cgroup_mount_point(*mounts) : "";
  if (!found.empty()) return found;
  return Error{Errc::unavailable, "no cgroup v2 hierarchy is mounted here",
               "mount -t cgroup2 none /sys/fs/cgroup, or choose the processes with -p or --comm"};
}

// Octal escapes of mountinfo: \040 is a blank.
std::string unescape_octal(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

std::string cgroup_mount_point(std::string_view mountinfo) {
  while (!mountinfo.empty()) {
    const std::size_t end = std::min(mountinfo.find('\n'), mountinfo.size());
    const std::string_view line = mountinfo.substr(0, end);
    mountinfo.remove_prefix(std::min(end + 1, mountinfo.size()));
    // 36 35 98:0 /root /mount/point options [optional fields] - type source super-options
    const std::size_t separator = line.find(" - ");
    if (separator == std::string_view::npos || !line.substr(separator + 3).starts_with("cgroup2 ")) continue;
    std::size_t start = 0;
    for (int field = 0; field < 4; ++field) start = line.find(' ', start) + 1;
    return unescape_octal(line.substr(start, line.find(' ', start) - start));
  }
  return "";
}

Result<std::string> find_cgroup(const std::string& path) {
  std::error_code error;
  if (path.empty()) return Error{Errc::usage, "--cgroup: the path is empty", ""};
  if (fs::is_directory(path, error) && is_cgroup2(path)) return fs::canonical(path, error).string();
  auto root = mount_point();
  if (!root) return std::move(root).error();
  const std::string below = *root + (path.starts_with('/') ? "" : "/") + path;
  if (fs::is_directory(below, error)) return fs::canonical(below, error).string();
  if (fs::exists(path, error)) {
    return Error{Errc::usage, fmt::format("--cgroup: {} is no cgroup v2 folder", path),
                 fmt::format("they are below {}", *root)};
  }
  return Error{Errc::usage, fmt::format("--cgroup: there is no {}", path),
               fmt::format("systemd-cgls shows what there is below {}", *root)};
}

Result<std::string> find_container_cgroup(const std::string& id) {
  auto root = mount_point();
  if (!root) return std::move(root).error();
  return find_container_cgroup_below(*root, id);
}

Result<std::string> find_container_cgroup_below(const std::string& root, const std::string& id) {
  if (id.size() < kShortestId || id.find('/') != std::string::npos) {
    return Error{Errc::usage, fmt::format("--container: '{}' is no container id", id),
                 "give at least its first 4 characters, as docker ps or crictl ps print it"};
  }
  std::vector<std::string> found;
  std::error_code error;
  fs::recursive_directory_iterator place(root, fs::directory_options::skip_permission_denied, error);
  for (; !error && place != fs::recursive_directory_iterator(); place.increment(error)) {
    if (!place->is_directory(error)) continue;
    if (place->path().filename().string().find(id) == std::string::npos) continue;
    found.push_back(place->path().string());
    place.disable_recursion_pending();  // what is below belongs to it
  }
  if (found.empty()) {
    return Error{Errc::usage, fmt::format("--container: no cgroup below {} has '{}' in its name", root, id),
                 "is the container running? docker ps or crictl ps show the ids"};
  }
  if (found.size() == 1) return found.front();
  std::string list;
  for (const std::string& path : found) list += (list.empty() ? "" : "\n") + path;
  return Error{Errc::usage, fmt::format("--container: '{}' fits {} cgroups", id, found.size()), list};
}

}  // namespace latimer
