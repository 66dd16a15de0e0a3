// Finding cgroups (v2) by path and by container id.
#pragma once

#include <string>
#include <string_view>

#include "core/model/result.h"

namespace latimer {

// Where the cgroup v2 hierarchy is mounted, from the text of /proc/self/mountinfo (format: proc(5)); empty:
// nowhere.
[[nodiscard]] std::string cgroup_mount_point(std::string_view mountinfo);

// `path` as typed: a folder, or a path from the root of the hierarchy ("/system.slice/redis.service"). The
// result is absolute.
[[nodiscard]] Result<std::string> find_cgroup(const std::string& path);

// The topmost cgroup whose name contains `id` (container runtimes put the container's id there). An id that
// fits several is refused.
[[nodiscard]] Result<std::string> find_container_cgroup(const std::string& id);
[[nodiscard]] Result<std::string> find_container_cgroup_below(const std::string& root, const std::string& id);

}  // namespace latimer
