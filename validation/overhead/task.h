// Tasks: what is run under every competitor; a real workload in its sizes, or a command of the user's.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/model/result.h"
#include "validation/real/real_workload.h"

namespace latimer::overhead {

struct Task {
  std::string name;
  std::string summary;
  Figure figure = Figure::wall_ns;
  std::array<std::optional<Prepared>, 3> prepared;  // by Size; those that are like a smaller one are empty
  std::array<Size, 3> like{Size::brief, Size::brief, Size::brief};  // by Size: which one to take instead

  [[nodiscard]] Size effective(Size size) const { return like[static_cast<std::size_t>(size)]; }
  [[nodiscard]] const Prepared& at(Size size) const {
    return *prepared[static_cast<std::size_t>(effective(size))];
  }
};

// Prepared in a folder of its own below `folder`, which exists and stays until the last run.
[[nodiscard]] Result<Task> make_task(const RealWorkload& workload, const std::string& folder);

// `command`: argv as typed, found in PATH. It has one size: tracers that stop it at each call may take long.
[[nodiscard]] Result<Task> make_task(const std::vector<std::string>& command);

}  // namespace latimer::overhead
