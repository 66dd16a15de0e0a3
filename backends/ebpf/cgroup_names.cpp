#include "backends/ebpf/cgroup_names.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace latimer::ebpf {
namespace {

namespace fs = std::filesystem;

// Where cgroup v2 is mounted, from /proc/self/mountinfo (proc(5)): the fifth field, of a line whose type,
// after the " - ", is cgroup2.
std::string find_mount() {
  std::ifstream file("/proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.find(" - cgroup2 ") == std::string::npos) continue;
    std::istringstream fields(line);
    std::string field;
    for (int i = 0; i < 5; ++i) fields >> field;
    return field;
  }
  return "";
}

std::uint64_t inode_of(const fs::path& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

}  // namespace

void CgroupNames::look_again() {
  const std::string mount = find_mount();
  if (mount.empty()) return;
  names_[inode_of(mount)] = "/";
  std::error_code error;
  for (fs::recursive_directory_iterator it(mount, error), end; !error && it != end; it.increment(error)) {
    if (it->is_directory(error)) names_[inode_of(it->path())] = it->path().string().substr(mount.size());
  }
}

std::string CgroupNames::name_of(std::uint64_t id) {
  if (const auto found = names_.find(id); found != names_.end()) return found->second;
  look_again();
  // Remembered even when not found, so that one that is gone is looked for once only.
  return names_.try_emplace(id, fmt::format("cgroup {}", id)).first->second;
}

}  // namespace latimer::ebpf
