// Which logs a user means: files, families of files (strace -ff makes FILE.TID for each task), folders.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/model/result.h"

namespace latimer::strace {

struct LogFile {
  std::string name;        // path, or "-": standard input
  std::int32_t tid = 0;    // of a family: whose log it is
  std::size_t family = 0;  // logs of one family have the same number, and no others have it
  bool named = true;       // by the user; false: found in a folder
};

// In the order in which they are to be read: as given; families together, by thread id. A folder stands for
// the files in it, hidden ones and folders left out.
[[nodiscard]] Result<std::vector<LogFile>> find_logs(const std::vector<std::string>& inputs);

}  // namespace latimer::strace
