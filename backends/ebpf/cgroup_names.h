// Paths of cgroups by their ids (the inode number of the cgroup's folder, which is what the kernel calls its
// id).
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace latimer::ebpf {

class CgroupNames {
 public:
  // Path below the cgroup v2 mount, "/" for its root; "cgroup N" when it is gone or cannot be found.
  std::string name_of(std::uint64_t id);

 private:
  void look_again();
  std::map<std::uint64_t, std::string> names_;
};

}  // namespace latimer::ebpf
