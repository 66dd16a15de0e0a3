// Who made a call, as far as a capture tells callers apart (`--by`).
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace latimer {

enum class GroupBy : std::uint8_t { none, process, thread, comm, cgroup };

[[nodiscard]] std::string_view to_string(GroupBy by);

// Identity is (pid, tid, epoch) for processes and threads, name for comm, id for cgroup; `name` is then only
// a label. Process and thread ids are those of Latimer's own pid namespace. All dead subjects that had to be
// folded together to keep memory bounded are one subject with `exited` set.
struct Subject {
  GroupBy kind = GroupBy::none;
  std::int32_t pid = 0;  // process and thread
  std::int32_t tid = 0;  // thread
  std::uint64_t epoch =
      0;  // start time of the process or thread, ns since boot; 0 where the backend does not know it
  std::uint64_t id = 0;  // cgroup id
  bool exited = false;
  std::string name;  // comm (raw bytes, at most 15), or cgroup path

  [[nodiscard]] std::strong_ordering operator<=>(const Subject& other) const;
  [[nodiscard]] bool operator==(const Subject& other) const {
    return (*this <=> other) == std::strong_ordering::equal;
  }
};

}  // namespace latimer
