#include "core/model/subject.h"

namespace latimer {

std::string_view to_string(GroupBy by) {
  switch (by) {
    case GroupBy::none:
      return "syscall";
    case GroupBy::process:
      return "process";
    case GroupBy::thread:
      return "thread";
    case GroupBy::comm:
      return "comm";
    case GroupBy::cgroup:
      return "cgroup";
  }
  return "syscall";
}

std::strong_ordering Subject::operator<=>(const Subject& other) const {
  if (auto order = kind <=> other.kind; order != std::strong_ordering::equal) return order;
  if (auto order = exited <=> other.exited; order != std::strong_ordering::equal) return order;
  if (exited) return std::strong_ordering::equal;
  if (auto order = pid <=> other.pid; order != std::strong_ordering::equal) return order;
  if (auto order = tid <=> other.tid; order != std::strong_ordering::equal) return order;
  if (auto order = epoch <=> other.epoch; order != std::strong_ordering::equal) return order;
  if (auto order = id <=> other.id; order != std::strong_ordering::equal) return order;
  return kind == GroupBy::comm ? name.compare(other.name) <=> 0 : std::strong_ordering::equal;
}

}  // namespace latimer
