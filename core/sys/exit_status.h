// How a process ended, as the kernel tells it.
#pragma once

#include <cstdint>

namespace latimer {

struct ExitStatus {
  bool signaled = false;
  bool core_dumped = false;
  std::int32_t value = 0;  // exit code (0..255), or the signal's number

  // What a shell would report: 128 + signal.
  [[nodiscard]] int shell_code() const { return signaled ? 128 + value : value; }
  bool operator==(const ExitStatus&) const = default;
};

}  // namespace latimer
