// TemporaryFolder: a folder of one's own under $TMPDIR (or /tmp), gone with everything in it when the object
// is.
#pragma once

#include <string>

#include "core/model/result.h"

namespace latimer {

class TemporaryFolder {
 public:
  // io: it cannot be made.
  static Result<TemporaryFolder> create();
  TemporaryFolder(TemporaryFolder&& other) noexcept;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder();

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  TemporaryFolder() = default;
  std::string path_;  // absolute; empty: moved from
};

}  // namespace latimer
