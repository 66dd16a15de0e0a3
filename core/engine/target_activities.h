// TargetActivities: calls added up by the file or peer that they were about, of any number of names in
// bounded memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/engine/activity.h"

namespace latimer {

// Not thread-safe. When there are too many names, those with the least time are put together to make room.
class TargetActivities {
 public:
  static constexpr std::size_t kMost = 12'000;
  static constexpr std::size_t kLongestName =
      512;  // longer ones are cut: they count as one when they begin alike

  explicit TargetActivities(std::size_t most = kMost) : most_(most) {}

  struct Entry {
    TargetKind kind = TargetKind::unknown;
    ActivityBuilder activity;
    std::uint64_t opens = 0;
    bool came_late = false;  // others had been put together before
  };
  // The one of that name, made if need be. Good until the next call.
  Entry& of(std::string_view name);

  struct Result {
    std::vector<TargetRow> files, peers;  // by working time, most first; all that are kept
    Activity others;
    std::uint64_t other_count = 0;  // names that were put together, those that came again counted again
  };
  [[nodiscard]] Result finish() const;
  [[nodiscard]] bool is_full() const { return other_count_ > 0; }  // some names have been put together

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  void make_room();

  std::size_t most_;
  std::unordered_map<std::string, Entry, Hash, std::equal_to<>> entries_;
  ActivityBuilder others_;
  std::uint64_t other_count_ = 0;
};

}  // namespace latimer
